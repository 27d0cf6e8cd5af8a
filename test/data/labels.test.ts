import { describe, expect, it } from 'vitest';
import { array, evaluate, fit, losses, optim, type TargetRule, type Tensor } from '../../src/index.js';
import { rejection, toyData, toyModel } from '../train/toy.js';

const { x } = toyData(10);
const loss = losses.crossEntropy();
const at7 = (label: number, type: { from(values: number[]): unknown } = Int32Array) => type.from([0, 1, 2, 0, 1, 2, 0, label, 1, 2]);

describe.each<[string, (y: never) => unknown]>([
  ['fit', (y) => fit(toyModel(), { x, y }, { loss, optimizer: optim.sgd() })],
  ['evaluate', (y) => evaluate(toyModel(), { x, y }, { loss })],
])('%s refuses labels', (where, call) => {
  it.each<[string, unknown, string]>([
    ['that count from 1', at7(3), 'holds the label 3 in row 7; expected a whole number from 0 to 2; labels count from 0'],
    ['below 0', at7(-1), 'holds the label -1 in row 7'],
    ['at the ends of 32 bits', at7(2 ** 31 - 1), 'holds the label 2147483647 in row 7'],
    ['as bytes', at7(255, Uint8Array), 'holds the label 255 in row 7'],
    ['between two', at7(0.5, Float32Array), 'holds the label 0.5 in row 7'],
    ['next to a whole number', at7(1 + 2 ** -23, Float32Array), 'holds the label 1.0000001192092896 in row 7'],
    ['of NaN', at7(Number.NaN, Float64Array), 'holds NaN in row 7'],
    ['in nested lists', at7(9, Array), 'holds the label 9 in row 7'],
  ])('%s', async (_, y, message) => {
    const error = await rejection((async () => call(y as never))());
    expect(error).toMatchObject({ name: 'DataError', code: 'DATA', row: 7 });
    expect(error.message).toContain(`${where}: y ${message}`);
  });

  it('in a column of their own, and says which shape they have', async () => {
    const error = await rejection((async () => call(array(new Int32Array(10), { shape: [10, 1] }) as never))());
    expect(error.message).toContain('labels have one axis less: [10]');
  });
});

it('the ignored label is no error, others are', async () => {
  const options = () => ({ loss: losses.crossEntropy({ ignoreIndex: -100 }), optimizer: optim.sgd() });
  expect((await fit(toyModel(), { x, y: at7(-100) as Int32Array }, options())).epochs).toBe(1);
  const error = await rejection(fit(toyModel(), { x, y: at7(-1) as Int32Array }, options()));
  expect(error.message).toContain('expected a whole number from 0 to 2 or -100 (ignored)');
});

it('a loss of the user may state what its labels are', async () => {
  const targets = (): TargetRule => ({ classes: 2 });
  const mine = Object.assign((prediction: Tensor, target: Tensor) => loss(prediction, target), { targets });
  const error = await rejection(fit(toyModel(), { x, y: at7(1) as Int32Array }, { loss: mine, optimizer: optim.sgd() }));
  expect(error.message).toContain('y holds the label 2 in row 2; expected a whole number from 0 to 1');
});
