import { describe, expect, it } from 'vitest';
import {
  array,
  crossValidate,
  DataError,
  evaluate,
  fit,
  kFold,
  losses,
  metrics,
  NonFiniteError,
  nn,
  OptionError,
  optim,
  predict,
  SlalomError,
} from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from '../train/toy.js';

const data = toyData(90);
const options = () => ({
  folds: 4,
  fit: () => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.05 }), epochs: 6, batchSize: 16 }),
  metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 3 })] as const,
});

describe('crossValidate', () => {
  it('does what one would do by hand', async () => {
    const shuffled = { ...options(), shuffle: true, seed: 5 };
    const cv = await crossValidate(toyModel, data, shuffled);
    const [split] = kFold(90, { folds: 4, shuffle: true, seed: 5 });
    const [x, y] = [data.x.toArray() as number[][], data.y.toArray() as number[]];
    const part = (rows: Int32Array) => ({ x: array([...rows].map((row) => x[row]!)), y: Int32Array.from(rows, (row) => y[row]!) });
    const model = toyModel();
    const history = await fit(model, part(split!.train), { ...shuffled.fit(), seed: 5 });
    const scores = await evaluate(model, part(split!.test), { loss: losses.crossEntropy(), metrics: shuffled.metrics });
    const [fold] = cv.folds;
    expect(weights(fold!.model)).toEqual(weights(model));
    expect(fold!.history.loss).toEqual(history.loss);
    expect(fold!.scores).toEqual(scores);
    expect(fold!.test).toEqual(split!.test);
    const predictions = await predict(model, part(split!.test).x);
    for (const [i, row] of split!.test.entries())
      expect(cv.predictions!.slice(row, row + 1).data).toEqual(predictions.slice(i, i + 1).data);
  });

  it('gives mean and deviation', async () => {
    const { scores, folds } = await crossValidate(toyModel, data, options());
    const values = folds.map((fold) => fold.scores.accuracy);
    const mean = values.reduce((sum, value) => sum + value, 0) / 4;
    expect(scores.accuracy.values).toEqual(values);
    expect(scores.accuracy.mean).toBeCloseTo(mean, 14);
    expect(scores.accuracy.std).toBeCloseTo(Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4), 14);
    expect(mean).toBeGreaterThan(0.6);
    expect(scores.confusionMatrix.mean).toBeNaN();
    expect(scores.confusionMatrix.values).toHaveLength(4);
  });

  it('does not depend on how many folds run at a time', async () => {
    const run = async (parallel: number) => {
      const { scores, folds, predictions } = await crossValidate(toyModel, data, {
        ...options(),
        parallel,
        stratified: true,
        shuffle: true,
      });
      return {
        scores,
        predictions: predictions!.data,
        weights: folds.map(({ model }) => weights(model)),
        losses: folds.map((f) => f.history.loss),
      };
    };
    const one = await run(1);
    for (const parallel of [2, 4, 9]) expect(await run(parallel)).toEqual(one);
  });

  it('tells fit and makeModel which fold it is', async () => {
    const seen: number[] = [];
    const models: number[] = [];
    const { folds } = await crossValidate(
      ({ fold }) => {
        models.push(fold);
        return toyModel();
      },
      data,
      {
        ...options(),
        parallel: 1,
        fit: ({ fold, folds, train, test }) => {
          seen.push(fold, folds, train.x.shape[0]!, test.x.shape[0]!);
          return { ...options().fit(), validation: test };
        },
      },
    );
    expect(models).toEqual([1, 2, 3, 4]);
    expect(seen.slice(0, 4)).toEqual([1, 4, 67, 23]);
    expect(folds[0]!.history.validation!.loss.at(-1)).toBeCloseTo(folds[0]!.scores.loss, 6);
  });

  it('keeps groups together and time in order', async () => {
    const groups = Array.from({ length: 90 }, (_, row) => `g${row % 9}`);
    const grouped = await crossValidate(toyModel, data, { ...options(), groups });
    for (const { train, test } of grouped.folds) {
      const inTest = new Set([...test].map((row) => groups[row]));
      expect([...train].some((row) => inTest.has(groups[row]!))).toBe(false);
    }
    const series = await crossValidate(toyModel, data, { ...options(), timeSeries: { testRows: 10 } });
    expect(series.folds.map(({ train }) => train.length)).toEqual([50, 60, 70, 80]);
    expect(series.predictions!.slice(0, 50).data.every(Number.isNaN)).toBe(true);
    expect(series.predictions!.slice(50).data.some(Number.isNaN)).toBe(false);
  });

  it('takes splits of one’s own', async () => {
    const folds = [
      { train: Int32Array.of(5, 4, 3, 2), test: Int32Array.of(0, 1) },
      { train: Int32Array.of(8, 9, 10), test: Int32Array.of(1, 2) },
    ];
    const cv = await crossValidate(toyModel, data, { ...options(), folds });
    expect(cv.folds.map(({ test }) => [...test])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(cv.predictions).toBeUndefined();
  });

  it('weighs rows', async () => {
    const sampleWeights = Float32Array.from({ length: 90 }, (_, row) => Number(row % 3 > 0));
    const { folds } = await crossValidate(toyModel, data, { ...options(), sampleWeights });
    const { confusionMatrix } = folds[0]!.scores;
    expect(confusionMatrix.flat().reduce((sum, count) => sum + count)).toBe(sampleWeights.slice(0, 23).reduce((sum, w) => sum + w));
  });

  it('reports folds as they are done and prints a table', async () => {
    const done: number[] = [];
    const cv = await crossValidate(toyModel, data, { ...options(), parallel: 1, onFold: ({ fold }) => void done.push(fold) });
    expect(done).toEqual([1, 2, 3, 4]);
    expect(String(cv)).toMatch(/^4 folds +mean ± std\nloss +\d.* ± .*\naccuracy +[01]\.\d+ ± /);
  });

  it('trains on integer and u8 inputs as they are', async () => {
    const x = array(
      new Uint8Array(360).map((_, i) => i % 7),
      { shape: [90, 4] },
    );
    const { scores } = await crossValidate(toyModel, { x, y: data.y }, { ...options(), shuffle: true });
    expect(scores.loss.mean).toBeGreaterThan(0);
  });
});

it('takes missing values where a layer of the model fills them', async () => {
  const x = Float32Array.from(data.x.data, (value, i) => (i % 11 === 0 ? Number.NaN : value));
  const make = () => nn.sequential([nn.impute(), nn.standardize(), nn.dense(3)]);
  const { scores, predictions } = await crossValidate(make, { x: array(x, { shape: [90, 4] }), y: data.y }, options());
  expect(scores.loss.mean).toBeGreaterThan(0);
  expect(predictions!.data.every(Number.isFinite)).toBe(true);
});

describe('crossValidate stops', () => {
  it('when its signal fires, with the reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let started = 0;
    const run = crossValidate(toyModel, data, {
      ...options(),
      signal: controller.signal,
      parallel: 1,
      fit: () => {
        if (++started === 2) setImmediate(() => controller.abort(reason));
        return { ...options().fit(), epochs: started === 2 ? 1_000_000 : 1 };
      },
    });
    expect(await rejection(run)).toBe(reason);
    expect(started).toBe(2);
  });

  it('before it begins', async () => {
    const error = await rejection(crossValidate(toyModel, data, { ...options(), signal: AbortSignal.abort() }));
    expect(error.name).toBe('AbortError');
  });

  it('at the first failing fold, whichever fails first', async () => {
    const run = (parallel: number) =>
      crossValidate(toyModel, data, {
        ...options(),
        parallel,
        fit: ({ fold }) => ({
          loss: (prediction) => prediction.square().mean(),
          optimizer: optim.sgd({ lr: fold >= 2 ? 1e30 : 0.01 }),
          epochs: fold === 2 ? 50 : 5,
        }),
      });
    for (const parallel of [1, 4]) {
      const error = await rejection(run(parallel));
      expect(error).toBeInstanceOf(NonFiniteError);
      expect(error.message).toMatch(/^crossValidate: fold 2 of 4: fit: step \d+ \(epoch/);
      expect(error.stack).toContain('crossValidate.test.ts');
    }
  });
});

describe('crossValidate refuses', () => {
  const withRow = (row: number, value: number) => {
    const x = Float32Array.from(data.x.data);
    x[row * 4 + 2] = value;
    return { x: array(x, { shape: [90, 4] }), y: data.y };
  };
  const labels = (row: number, value: number) => {
    const y = Int32Array.from(data.y.data);
    y[row] = value;
    return { x: data.x, y };
  };
  const model = toyModel();
  const optimizer = optim.adam();

  it.each<[string, object, string, unknown?, unknown?]>([
    ['NaN, in rows of the whole', {}, 'fold 1 of 4: fit: x holds NaN in row 71, column 2', withRow(71, Number.NaN)],
    ['labels out of range in training', { folds: 3 }, 'crossValidate: fold 1 of 3: fit: y holds the label 3 in row 77', labels(77, 3)],
    ['labels out of range in a test', { timeSeries: true }, 'fold 4 of 4: evaluate: y holds the label 9 in row 89', labels(89, 9)],
    ['too many folds', { folds: 91 }, 'kFold: 91 folds need as many rows or more, found 90'],
    ['one fold', { folds: 1 }, 'folds must be a whole number of 2 or more, or an array of splits'],
    ['no fit', { fit: undefined }, 'crossValidate: fit must be a function, found undefined'],
    ['options that are not a function', { fit: {} }, 'crossValidate: fit must be a function, found an object'],
    ['a fit that returns nothing', { fit: () => undefined }, 'fit must return the options of a run, found undefined'],
    ['a fit with unknown options', { fit: () => ({ epoch: 1 }) }, 'fold 1 of 4: fit: unknown option "epoch"; did you mean "epochs"?'],
    ['one optimizer for all', { fit: () => ({ ...options().fit(), optimizer }) }, 'fit returned the same optimizer twice'],
    ['one model for all', {}, 'makeModel returned the same model twice', data, () => model],
    ['something else as model', {}, 'makeModel must return a model, found 3', data, () => 3],
    ['a model instead of a function', {}, 'crossValidate: makeModel must be a function', data, model],
    ['groups and strata', { groups: [1], stratified: true }, 'stratified and groups exclude each other'],
    ['shuffled time', { timeSeries: true, shuffle: true }, 'timeSeries and shuffle exclude each other'],
    ['groups for other rows', { groups: [1, 2, 3] }, 'groups has 3 entries for 90 rows'],
    [
      'strata of scores',
      { stratified: true },
      'stratified needs labels, but y has 3 numbers a row',
      { x: data.x, y: array(new Float32Array(270), { shape: [90, 3] }) },
    ],
    ['rows that are not there', { folds: [{ train: [0], test: [90] }] }, 'folds[0].test[0] is 90; expected a row from 0 to 89'],
    ['empty parts', { folds: [{ train: [], test: [1] }] }, 'folds[0].train must be an array of one row or more'],
    [
      'negative weights',
      { sampleWeights: new Float32Array(90).fill(-1) },
      'crossValidate: fold 1 of 4: fit: sampleWeights holds -1 in row 23',
    ],
    ['weights for other rows', { sampleWeights: new Float32Array(9) }, 'x has 90 rows and sampleWeights has 9'],
    ['unknown options', { fold: 3 }, 'crossValidate: unknown option "fold"; did you mean'],
    ['no runs at a time', { parallel: 0 }, 'parallel must be a whole number of 1 or more, found 0'],
    ['metrics of one name', { metrics: [metrics.mae(), metrics.mae()] }, 'crossValidate: two values are called "mae"'],
    ['data that are none', {}, 'crossValidate: data must be an object { x, y }, found 3', 3],
  ])('%s', async (_, more, message, given = data, make = toyModel) => {
    const error = await rejection(crossValidate(make as never, given as never, { ...options(), ...more } as never));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
    expect(error.stack).toContain('crossValidate.test.ts');
  });

  it('with classes of its own', async () => {
    expect(await rejection(crossValidate(toyModel, withRow(3, Number.POSITIVE_INFINITY), options()))).toBeInstanceOf(DataError);
    expect(await rejection(crossValidate(toyModel, data, { ...options(), folds: 2.5 }))).toBeInstanceOf(OptionError);
    const error = await rejection(crossValidate(toyModel, labels(77, 3), options()));
    expect(error.row).toBe(77);
  });

  it('what user code throws, as it is', async () => {
    const thrown = new TypeError('mine');
    const run = crossValidate(
      () => {
        throw thrown;
      },
      data,
      options(),
    );
    expect(await rejection(run)).toBe(thrown);
  });
});
