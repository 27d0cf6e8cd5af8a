/** What losses refuse: options when they are made, shapes when they are traced, targets before a run reads them. */

import { describe, expect, it } from 'vitest';
import { array, compile, evaluate, fit, type Loss, losses, OptionError, optim, SlalomError, type Tensor } from '../../src/index.js';
import { rejection, toyData, toyModel } from '../train/toy.js';

const zeros = (...shape: number[]) => array(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape });
const value = (loss: Loss) => compile((p: Tensor, t: Tensor, w?: Tensor) => loss(p, t, w)).sync;

const ALL = {
  mse: losses.mse,
  mae: losses.mae,
  huber: losses.huber,
  crossEntropy: losses.crossEntropy,
  binaryCrossEntropy: losses.binaryCrossEntropy,
};

describe.each(Object.entries(ALL))('losses.%s', (name, make) => {
  it.each<[string, unknown, string]>([
    ['unknown options', { reductoin: 'sum' }, 'unknown option "reductoin"; did you mean "reduction"?'],
    ['unknown reductions', { reduction: 'batchmean' }, 'reduction must be one of "mean", "sum", "none", found "batchmean"'],
    ['a string', 'sum', 'options must be an object, found "sum"'],
  ])('refuses %s', (_, options, message) => {
    const call = () => make(options as never);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(`losses.${name}: ${message}`);
  });

  it.each<[string, number[], number[]]>([
    ['a column beside a row', [4, 1], [4]],
    ['other columns', [4, 3], [4, 2]],
    ['other rows', [4, 3], [3, 3]],
  ])('refuses %s instead of broadcasting', (_, prediction, target) => {
    if (name === 'crossEntropy' && target.length === 1) return;
    const call = () => value(make())(zeros(...prediction), zeros(...target));
    expect(call).toThrow(SlalomError);
    expect(call).toThrow(`f32[${target.join(', ')}]`);
  });

  it('refuses sample weights of another shape', () => {
    const target = name === 'crossEntropy' ? zeros(4) : zeros(4, 3);
    for (const weights of [zeros(3), zeros(4, 1), array(1)]) {
      expect(() => value(make())(zeros(4, 3), target, weights)).toThrow(/sample weights are f32.*one number for each of the 4 rows/);
    }
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['object', {}],
    ['an array (use array() to make an NDArray of it)', [1, 2]],
  ])('names what is no tensor: %s', (found, wrong) => {
    const call = (...given: unknown[]) => compile(() => make()(...(given as [Tensor, Tensor]))).sync;
    const expected = `expected a tensor, a variable, an NDArray or a number, found ${found}`;
    expect(() => call(wrong, zeros(4, 3))()).toThrow(`losses.${name}, prediction: ${expected}`);
    expect(() => call(zeros(4, 3), wrong)()).toThrow(`losses.${name}, target: ${expected}`);
    expect(() => call(zeros(4, 3), wrong)()).toThrow(expect.objectContaining({ op: `losses.${name}` }));
    if (wrong !== undefined) expect(() => call(zeros(4, 3), zeros(4, 3), wrong)()).toThrow(`losses.${name}, sample weights: ${expected}`);
  });

  it('says so when it was not called first', async () => {
    const error = await rejection(fit(toyModel(), toyData(10), { loss: make as never, optimizer: optim.sgd() }));
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toContain(`losses.${name}: options must be an object, found a Tensor; call losses.${name}() first`);
  });

  it('must be a scalar for fit', async () => {
    const y = name === 'crossEntropy' ? toyData(10).y : zeros(10, 3);
    const run = fit(toyModel(), { x: toyData(10).x, y }, { loss: make({ reduction: 'none' }), optimizer: optim.sgd() });
    expect((await rejection(run)).message).toMatch(/the loss is f32.*expected a scalar: use reduction/);
  });
});

describe('options of one loss', () => {
  it.each<[string, () => unknown, string]>([
    ['a delta of 0', () => losses.huber({ delta: 0 }), 'delta must be a number above 0, found 0'],
    ['a delta of NaN', () => losses.huber({ delta: Number.NaN }), 'delta must be a number above 0, found NaN'],
    ['smoothing above 1', () => losses.crossEntropy({ labelSmoothing: 1.5 }), 'labelSmoothing must be a number from 0 to 1, found 1.5'],
    ['negative class weights', () => losses.crossEntropy({ classWeights: [1, -1] }), 'classWeights must be an array, each element'],
    ['a broken label', () => losses.crossEntropy({ ignoreIndex: 0.5 }), 'ignoreIndex must be a whole number'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });

  it('class weights for other classes', () => {
    const call = () => value(losses.crossEntropy({ classWeights: [1, 2] }))(zeros(4, 3), zeros(4));
    expect(call).toThrow('classWeights has 2 numbers, but the logits f32[4, 3] have 3 classes');
  });

  it('an ignored label among probabilities', () => {
    const call = () => value(losses.crossEntropy({ ignoreIndex: 1 }))(zeros(4, 3), zeros(4, 3));
    expect(call).toThrow('ignoreIndex needs labels, but the target f32[4, 3] holds probabilities');
  });

  it('logits without classes', () => {
    expect(() => value(losses.crossEntropy())(array(1), array(0))).toThrow('the prediction is a scalar');
  });
});

describe.each<[string, Loss]>([
  ['crossEntropy', losses.crossEntropy()],
  ['binaryCrossEntropy', losses.binaryCrossEntropy()],
])('targets of %s', (_, loss) => {
  const { x } = toyData(10);
  const probabilities = (value: number, Type: typeof Float32Array | typeof Float64Array = Float32Array) => {
    const data = new Type(30).fill(0.5);
    data[16] = value;
    return array(data, { shape: [10, 3] });
  };

  it.each([-0.25, 1.5, -(2 ** -10)])('are probabilities: %f is refused with row and column', async (value) => {
    for (const y of [probabilities(value), probabilities(value, Float64Array)]) {
      const error = await rejection(fit(toyModel(), { x, y }, { loss, optimizer: optim.sgd() }));
      expect(error).toMatchObject({ name: 'DataError', row: 5, column: 1 });
      expect(error.message).toBe(`fit: y holds ${value} in row 5, column 1; expected numbers from 0 to 1`);
      expect((await rejection(evaluate(toyModel(), { x, y }, { loss }))).message).toBe(error.message.replace('fit', 'evaluate'));
    }
  });

  it('may be off by rounding', async () => {
    expect((await fit(toyModel(), { x, y: probabilities(1 + 2 ** -23) }, { loss, optimizer: optim.sgd() })).epochs).toBe(1);
  });
});
