import { describe, expect, it } from 'vitest';
import { crossValidate, learningCurve, losses, metrics, nn, optim, SlalomError, validationCurve } from '../../src/index.js';
import { rejection, toyData, toyModel } from '../train/toy.js';

const data = toyData(80);
const options = () => ({
  folds: 4,
  fit: () => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.03 }), epochs: 4, batchSize: 16 }),
  metrics: [metrics.accuracy()] as const,
});

describe('learningCurve', () => {
  it('ends where crossValidate is', async () => {
    const { points } = await learningCurve(toyModel, data, { ...options(), sizes: [0.1, 0.5, 1] });
    expect(points.map(({ value }) => value)).toEqual([6, 30, 60]);
    const { scores } = await crossValidate(toyModel, data, options());
    expect(points[2]!.test).toEqual(scores);
    expect(points[2]!.train.accuracy.mean).toBeGreaterThan(points[0]!.test.accuracy.mean - 1);
    expect(points[0]!.train.loss.values).toHaveLength(4);
    expect(points[2]!.test.loss.mean).toBeLessThan(points[0]!.test.loss.mean);
  });

  it('is the same whatever runs at a time, and prints', async () => {
    const run = (parallel: number) => learningCurve(toyModel, data, { ...options(), parallel, shuffle: true, sizes: [10, 40] });
    const one = await run(1);
    expect((await run(3)).points).toEqual(one.points);
    expect(String(one)).toMatch(/^rows +loss, train +loss, test +accuracy, train +accuracy, test\n10 +\d/);
  });

  it('leaves out sizes that are the same', async () => {
    const { points } = await learningCurve(toyModel, data, { ...options(), sizes: [0.001, 0.002, 1] });
    expect(points.map(({ value }) => value)).toEqual([1, 60]);
  });

  it.each<[string, object, string]>([
    ['more rows than there are', { sizes: [10, 61] }, 'learningCurve: sizes[1] is 61, 61 rows; expected 1 to 60 rows'],
    ['shares of nothing', { sizes: [0] }, 'sizes must be an array of shares above 0 and up to 1, or of whole numbers'],
    ['no sizes', { sizes: [] }, 'sizes must be an array'],
    [
      'faults of a run',
      { fit: () => ({ ...options().fit(), epochs: 0 }), sizes: [8] },
      'learningCurve: 8 rows, fold 1 of 4: fit: epochs must be',
    ],
  ])('refuses %s', async (_, more, message) => {
    const error = await rejection(learningCurve(toyModel, data, { ...options(), ...more } as never));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
    expect(error.stack).toContain('curves.test.ts');
  });
});

describe('validationCurve', () => {
  const make = (units: number) => nn.sequential([nn.dense(units, { activation: 'tanh' }), nn.dense(3)]);

  it('varies what makes the model', async () => {
    const { points } = await validationCurve(make, data, { ...options(), values: [1, 8] });
    const { scores } = await crossValidate(() => make(8), data, options());
    expect(points.map(({ value }) => value)).toEqual([1, 8]);
    expect(points[1]!.test).toEqual(scores);
    expect(points[0]!.test.loss.mean).toBeGreaterThan(scores.loss.mean);
  });

  it('varies options of the runs', async () => {
    const curve = await validationCurve(toyModel as () => ReturnType<typeof toyModel>, data, {
      ...options(),
      values: ['slow', 'fast'],
      fit: (speed) => ({ ...options().fit(), optimizer: optim.adam({ lr: speed === 'slow' ? 1e-5 : 0.03 }) }),
    });
    expect(curve.points[1]!.train.loss.mean).toBeLessThan(curve.points[0]!.train.loss.mean);
    expect(String(curve)).toMatch(/^value .*\nslow .*\nfast /);
  });

  it.each<[string, object, string]>([
    ['no values', { values: [] }, 'validationCurve: values must be an array of one value or more'],
    ['faults of a value', { values: [4, 0] }, 'validationCurve: value 0, fold 1 of 4: nn.dense: units must be a whole number of 1 or more'],
  ])('refuses %s', async (_, more, message) => {
    const error = await rejection(validationCurve(make as never, data, { ...options(), ...more } as never));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
  });

  it('stops by its signal', async () => {
    const run = validationCurve(make, data, { ...options(), values: [3, 4], signal: AbortSignal.timeout(0) });
    expect((await rejection(run)).name).toBe('TimeoutError');
  });
});
