/** What users get wrong: each a clear error, on their line where there is one, and the model as it was. */

import { describe, expect, it } from 'vitest';
import { array, empty, evaluate, fit, losses, metrics, nn, optim, predict, predictSync, SlalomError } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const { x, y } = toyData(10);
const base = () => ({ loss: losses.crossEntropy(), optimizer: optim.sgd({ lr: 0.1 }), epochs: 2 });
const cells = () => Float32Array.from(x.data as Float32Array);
const labels = () => Int32Array.from(y.data as Int32Array);
const changed = <A extends Float32Array | Int32Array>(values: A, at: number, value: number): A => {
  values[at] = value;
  return values;
};
const table = (values: Float32Array) => array(values, { shape: [10, 4] });
const endless = () => {
  const list: unknown[] = [];
  list.push(list);
  return list as never;
};
const transferred = () => {
  const values = cells();
  structuredClone(values.buffer, { transfer: [values.buffer] });
  return values;
};

type Data = Parameters<typeof fit>[1];

describe('fit refuses data', () => {
  it.each<[string, () => Data, string | RegExp]>([
    [
      'labels above the classes',
      () => ({ x, y: changed(labels(), 7, 3) }),
      'y holds the label 3 in row 7; expected a whole number from 0 to 2',
    ],
    ['labels below 0', () => ({ x, y: changed(labels(), 2, -1) }), 'y holds the label -1 in row 2'],
    ['labels that are not whole', () => ({ x, y: changed(Float32Array.from(labels()), 4, 0.5) }), 'y holds the label 0.5 in row 4'],
    ['NaN', () => ({ x: table(changed(cells(), 26, Number.NaN)), y }), 'x holds NaN in row 6, column 2'],
    [
      'numbers that f32 cannot hold',
      () => ({ x: [[1, 1e39, 3, 4]], y: [0] }),
      'x holds Infinity in row 0, column 1; expected finite numbers, of at most 3.4e38 in f32',
    ],
    [
      'rows that are numbers',
      () => ({ x: new Float32Array(10), y }),
      'nn.dense in layers.0: the input must have rows along the first axis and features along the last, found shape [10]',
    ],
    ['Infinity', () => ({ x: table(changed(cells(), 39, -Infinity)), y }), 'x holds -Infinity in row 9, column 3'],
    ['other numbers of rows', () => ({ x, y: labels().slice(0, 9) }), 'x has 10 rows and y has 9'],
    ['ragged rows', () => ({ x: [[1, 2], [3]], y: [0, 1] }) as never, 'row 1 is 1 entry, expected 2 entries'],
    ['nothing', () => ({ x: new Float32Array(0), y: new Int32Array(0) }), 'x is empty'],
    ['empty lists', () => ({ x: [], y: [] }), 'x is empty'],
    ['text', () => ({ x: [['1', '2']], y: [0] }) as never, 'expected a number at [0, 0], found "1"'],
    ['a transferred buffer', () => ({ x: array(transferred(), { shape: [10, 4] }), y }), 'its buffer was transferred'],
    ['unknown fields', () => ({ x, Y: y }) as never, 'did you mean "y"?'],
    ['no targets', () => ({ x }) as never, 'y'],
    ['targets of another shape', () => ({ x, y: table(cells()) }), 'the prediction is f32[10, 3] and the target f32[10, 4]'],
  ])('with %s', async (_, data, message) => {
    const model = toyModel().build([4], { seed: 1 });
    const before = weights(model);
    const error = await rejection((async () => fit(model, data(), base()))());
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toMatch(message);
    expect(weights(model)).toEqual(before);
    expect((await fit(model, { x, y }, base())).epochs).toBe(2);
  });
});

describe('a fit that is refused leaves a model that was never built as it was', () => {
  it.each<[string, object, object]>([
    ['for its labels', { y: changed(labels(), 7, 3) }, {}],
    ['for its inputs', { x: table(changed(cells(), 26, Number.NaN)) }, {}],
    ['for its validation data', {}, { validation: { x, y: changed(labels(), 0, -1) } }],
    ['for the shape of its validation data', {}, { validation: { x: array(new Float32Array(30), { shape: [10, 3] }), y } }],
    ['for a model too large', {}, { model: nn.sequential([nn.dense(2), nn.dense(2 ** 40), nn.dense(3)]) }],
  ])('%s', async (_, data, { model = toyModel(), ...options }: { model?: ReturnType<typeof toyModel> }) => {
    const used = { ...base(), publish: 'epoch' as const, ...options };
    await rejection(fit(model, { x, y, ...data }, used));
    expect([...model.variables().values()].some((variable) => variable.initialized)).toBe(false);
    expect(used.optimizer.steps).toBe(0);
  });

  it('and the next one may give it other inputs and another seed', async () => {
    const wide = { x: array(new Float32Array(60).fill(0.5), { shape: [10, 6] }), y };
    const [model, fresh] = [toyModel(), toyModel()];
    const used = { ...base(), seed: 5 };
    await rejection(fit(model, { x, y: changed(labels(), 7, 3) }, used));
    await fit(model, wide, { ...used, seed: 6 });
    await fit(fresh, wide, { ...base(), seed: 6 });
    expect(weights(model)).toEqual(weights(fresh));
  });
});

describe('fit refuses options', () => {
  it.each<[string, object, string]>([
    ['unknown names', { epoch: 3 }, 'unknown option "epoch"; did you mean "epochs"?'],
    ['unknown names that resemble nothing', { quux: 3 }, 'unknown option "quux"; known: '],
    ['no epochs', { epochs: 0 }, 'epochs must be a whole number of 1 or more, found 0'],
    ['negative batches', { batchSize: -4 }, 'batchSize must be a whole number of 1 or more, found -4'],
    ['broken batches', { batchSize: 1.5 }, 'batchSize must be a whole number of 1 or more, found 1.5'],
    ['NaN', { epochs: Number.NaN }, 'epochs must be a whole number of 1 or more, found NaN'],
    ['no loss', { loss: undefined }, 'loss must be a loss'],
    ['no optimizer', { optimizer: undefined }, 'optimizer must be an optimizer'],
    ['a name as optimizer', { optimizer: 'adam' }, 'optimizer must be an optimizer: optim.…, found "adam"'],
    ['negative seeds', { seed: -1 }, 'seed must be a whole number of 0 or more, found -1'],
    ['a validation split above 1', { validationSplit: 1.2 }, 'validationSplit must be a number above 0 and below 1, found 1.2'],
    ['something else as signal', { signal: 3 }, 'signal must be an AbortSignal, found 3'],
    ['sample weights of another length', { sampleWeights: new Float32Array(3) }, '3'],
    ['metrics twice', { metrics: [metrics.accuracy(), metrics.accuracy()] }, 'accuracy'],
    ['negative clipping', { clipNorm: -1 }, 'clipNorm'],
    ['callbacks that are none', { callbacks: [3] }, 'callbacks'],
  ])('with %s', async (_, options, message) => {
    const error = await rejection((async () => fit(toyModel(), { x, y }, { ...base(), ...options } as never))());
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
  });

  it('where they are written: the stack begins with the caller', async () => {
    const error = await rejection((async () => fit(toyModel(), { x, y }, { ...base(), epochs: 0 }))());
    expect(error.stack!.split('\n').find((line) => line.trim().startsWith('at '))).toContain('bad-input.test.ts');
  });
});

describe('shapes that do not fit a layer', () => {
  const built = () => nn.sequential([nn.dense(3), nn.dense(2)]).build([5], { seed: 1 });

  it.each<[string, () => unknown]>([
    ['fit', () => fit(built(), { x, y }, base())],
    ['evaluate', () => evaluate(built(), { x, y }, { loss: losses.crossEntropy() })],
    ['predict', () => predict(built(), x)],
    ['predictSync', () => predictSync(built(), x)],
  ])('are explained by %s with the path of the layer', async (_, call) => {
    const error = await rejection((async () => call())());
    expect(error.message).toContain('nn.dense in layers.0: the input must have 5 features along its last axis, found shape [10, 4]');
    expect(error.path).toBe('layers.0');
    expect(error.code).toBe('SHAPE');
  });
});

describe('layers, optimizers and arrays refuse', () => {
  it.each<[string, () => unknown, string]>([
    ['negative widths', () => nn.dense(-1), 'units must be a whole number of 1 or more, found -1'],
    ['no width', () => nn.dense(0), 'units must be a whole number of 1 or more, found 0'],
    ['wrong activations', () => nn.dense(3, { activation: 'rellu' as 'relu' }), 'did you mean "relu"?'],
    ['rates of 1', () => nn.dropout(1), 'rate must be a number from 0 and below 1, found 1'],
    ['unknown options', () => optim.adam({ lrr: 1 } as never), 'unknown option "lrr"; did you mean "lr"?'],
    [
      'negative learning rates',
      () => optim.sgd({ lr: -1 }),
      'lr must be a number of 0 or more that f32 can hold, or a schedule: schedules.… or a function of the step, found -1',
    ],
    ['sizes below 0', () => array(new Float32Array(4), { shape: [-2, -2] }), 'whole numbers of 0 or more'],
    ['sizes that no memory holds', () => array(new Float32Array(4), { shape: [2 ** 40, 2 ** 40] }), 'elements, found 4'],
    ['memory that nobody has', () => empty([2 ** 40]), 'empty: there is no memory for shape [1099511627776], 4398046511104 bytes'],
    ['more elements than numbers count', () => empty([2 ** 40, 2 ** 40]), 'empty: there is no memory for shape'],
    ['an array that holds itself', () => array(endless()), 'array: the nesting is deeper than 64: does the array hold itself?'],
    ['sizes that do not fit', () => array(new Float32Array(4), { shape: [3] }), 'shape [3] holds 3 elements, found 4'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(SlalomError);
    expect(call).toThrow(message);
  });
});

describe('layers that no memory holds', () => {
  it.each([2 ** 34, 2 ** 40, 2 ** 53 - 1])('of %i units are refused, and the model can be dropped', async (units) => {
    const error = await rejection(fit(nn.sequential([nn.dense(units), nn.dense(3)]), { x, y }, base()));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toMatch(/no \d+ bytes of memory left|more than 2\^53 elements/);
    expect(error.path).toMatch(/^layers\.[01]/);
    expect((await fit(toyModel(), { x, y }, base())).epochs).toBe(2);
  });
});
