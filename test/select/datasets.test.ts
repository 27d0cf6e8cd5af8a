/** Functions that train many models over datasets of rows in memory: what they do over columns. */

import { describe, expect, it } from 'vitest';
import {
  array,
  bootstrap,
  calibrate,
  crossValidate,
  Dataset,
  dataset,
  evaluate,
  type FoldContext,
  gridSearch,
  learningCurve,
  losses,
  metrics,
  type NDArray,
  nn,
  optim,
  predict,
  randomSearch,
  space,
  validationCurve,
  worstExamples,
} from '../../src/index.js';
import { rejection, toyData, toyModel, toyRows, weights } from '../train/toy.js';

const data = toyData(90);
const rows = toyRows(data);
const fit = () => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.05 }), epochs: 4, batchSize: 16 });
const options = () => ({ folds: 4, fit, metrics: [metrics.accuracy()] as const });

async function validate(given: Parameters<typeof crossValidate>[1], more: object = {}) {
  const { scores, folds, predictions } = await crossValidate(toyModel, given, { ...options(), seed: 3, ...more } as ReturnType<
    typeof options
  >);
  return {
    scores,
    predictions: predictions && [...predictions.data],
    folds: folds.map(({ train, test, history, model }) => ({ train, test, loss: history.loss, weights: weights(model) })),
  };
}

describe('crossValidate over a dataset has the bits of columns', () => {
  it.each<[string, () => Dataset]>([
    ['of columns', () => dataset(data)],
    ['of rows', () => dataset(rows)],
    ['of mapped rows', () => dataset(rows).map(async (row) => ({ ...row }))],
    [
      'that is cached',
      () =>
        dataset(rows)
          .map((row) => row)
          .cache(),
    ],
    ['that mixes its rows', () => dataset(data).shuffle({ seed: 3 })],
    [
      'that mixes and then filters its rows',
      () =>
        dataset(rows)
          .shuffle({ seed: 3 })
          .filter(() => true),
    ],
    [
      'that chose all rows',
      () =>
        dataset(rows)
          .filter(() => true)
          .take(90),
    ],
  ])('%s', async (_, open) => {
    for (const more of [{}, { stratified: true, shuffle: true }, { timeSeries: true }]) {
      expect(await validate(open(), more)).toEqual(await validate(data, more));
    }
  });

  // Losses of a test are means over batches, here of 16 rows: the same but for rounding.
  it.each<[string, () => Dataset, object]>([
    ['of batches that the dataset mixes', () => dataset(data).shuffle({ seed: 3 }).batch(16), {}],
    ['of batches of mixed rows', () => dataset(rows).shuffle({ seed: 3 }).batch(16), {}],
    ['of batches in order', () => dataset(rows).batch(16), { shuffle: false }],
    ['of padded batches', () => dataset(rows).paddedBatch(16), { shuffle: false }],
  ])('%s', async (_, open, more) => {
    const expected = await validate(data, { fit: () => ({ ...fit(), ...more }) });
    const { folds, predictions, scores } = await validate(open(), { fit: () => ({ ...fit(), batchSize: undefined }) });
    expect({ folds, predictions, accuracy: scores.accuracy }).toEqual({
      folds: expected.folds,
      predictions: expected.predictions,
      accuracy: expected.scores.accuracy,
    });
    expect(scores.loss.mean).toBeCloseTo(expected.scores.loss.mean, 6);
  });

  it('with weights', async () => {
    const sampleWeights = Float32Array.from(rows, (_, i) => i % 3);
    const expected = await validate(data, { sampleWeights });
    expect(await validate(dataset({ ...data, weights: sampleWeights }))).toEqual(expected);
    expect(await validate(dataset(rows.map((row, i) => ({ ...row, weight: i % 3 }))))).toEqual(expected);
  });

  it('for any number of runs at a time', async () => {
    const one = await validate(dataset(rows), { parallel: 1 });
    expect(await validate(dataset(rows), { parallel: 4 })).toEqual(one);
  });

  it('of chosen rows, and in their order', async () => {
    const half = { x: data.x.slice(20, 65), y: data.y.slice(20, 65) };
    expect(await validate(dataset(data).skip(20).take(45))).toEqual(await validate(half));
    const [train] = dataset(data).split(0.5, { shuffle: false });
    expect(await validate(train!)).toEqual(await validate({ x: data.x.slice(0, 45), y: data.y.slice(0, 45) }));
  });
});

describe('crossValidate over a dataset', () => {
  it('leaves out a last batch in training alone', async () => {
    const seen: (number | undefined)[] = [];
    const { predictions } = await crossValidate(toyModel, dataset(data).batch(16, { dropLast: true }), {
      folds: 3,
      fit: ({ train, test }: FoldContext<Dataset>) => {
        seen.push(train.size, test.size);
        return { loss: losses.crossEntropy(), optimizer: optim.sgd(), validation: test };
      },
    });
    expect(seen).toEqual([3, 2, 3, 2, 3, 2]);
    expect([...predictions!.data].some(Number.isNaN)).toBe(false);
  });

  it('measures on all rows that were trained on', async () => {
    const given = (dropLast: boolean) => dataset(data).shuffle().batch(16, { dropLast });
    const run = (dropLast: boolean) =>
      learningCurve(toyModel, given(dropLast), {
        folds: 3,
        sizes: [20],
        fit: () => ({ loss: losses.crossEntropy(), optimizer: optim.sgd({ lr: 1e-9 }), epochs: 1 }),
        metrics: [metrics.confusionMatrix({ classes: 3 })],
      });
    const counted = ({ points }: Awaited<ReturnType<typeof run>>) =>
      points[0]!.train.confusionMatrix.values.map((matrix) => (matrix as number[][]).flat().reduce((sum, count) => sum + count));
    expect(counted(await run(true))).toEqual([20, 20, 20]);
    expect(counted(await run(false))).toEqual([20, 20, 20]);
  });

  it('maps each row as it is read, in training anew in every epoch', async () => {
    const epochs = new Set<number>();
    const asked = new Set<unknown>();
    const given = dataset(rows).map((row, { epoch }) => {
      epochs.add(epoch);
      asked.add(row.x);
      return row;
    });
    await crossValidate(toyModel, given, options());
    expect([...epochs].sort()).toEqual([0, 1, 2, 3]);
    expect(asked.size).toBe(90);
  });

  it('gives datasets to makeModel and fit', async () => {
    await crossValidate(
      ({ train }) => {
        expect(train).toBeInstanceOf(Dataset);
        return toyModel();
      },
      dataset(rows),
      { ...options(), fit: ({ test }) => ({ ...fit(), validation: test.map((row) => row) }) },
    );
  });

  it('takes rows of several lengths, filled up', async () => {
    class Sum extends nn.Module {
      head = nn.dense(2);
      forward(x: import('../../src/index.js').Tensor) {
        return this.head.call(x.sum(1, { keepDims: true }));
      }
    }
    const ragged = Array.from({ length: 24 }, (_, i) => ({ x: Array.from({ length: 1 + (i % 5) }, () => i % 2), y: i % 2 }));
    const { scores } = await crossValidate(() => new Sum(), dataset(ragged).shuffle().paddedBatch(4), {
      folds: 3,
      stratified: true,
      fit: () => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.1 }), epochs: 20 }),
      metrics: [metrics.accuracy()],
    });
    expect(scores.accuracy.mean).toBeGreaterThan(0.9);
  });
});

describe('the others over a dataset', () => {
  const open = () => dataset(rows).map((row) => row);
  const same = async <T extends { points: unknown }>(run: (given: typeof data | Dataset) => Promise<T>) =>
    expect((await run(open())).points).toEqual((await run(data)).points);

  it('learningCurve and validationCurve', async () => {
    await same((given) => learningCurve(toyModel, given, { ...options(), sizes: [0.5, 1], shuffle: true }));
    await same((given) =>
      validationCurve((units) => nn.sequential([nn.dense(units), nn.dense(3)]), given, { ...options(), values: [2, 5] }),
    );
  });

  it('gridSearch and randomSearch, with halving, and the best trained on all rows', async () => {
    const grid = (given: typeof data | Dataset) =>
      gridSearch(toyModel, given, {
        ...options(),
        grid: { lr: [0.001, 0.05, 0.1] },
        fit: ({ lr }) => ({ ...fit(), optimizer: optim.adam({ lr }) }),
        halving: { resource: 'rows' },
      });
    const random = (given: typeof data | Dataset) =>
      randomSearch(toyModel, given, {
        ...options(),
        space: { lr: space.logUniform(1e-3, 1e-1) },
        trials: 3,
        fit: ({ lr }) => ({ ...fit(), optimizer: optim.adam({ lr }) }),
      });
    for (const run of [grid, random]) {
      const [found, expected] = [await run(open()), await run(data)];
      expect(found.results).toEqual(expected.results);
      expect(weights(found.model!)).toEqual(weights(expected.model!));
    }
  });
});

describe('measuring a model on a dataset', () => {
  const model = nn.sequential([toyModel(), nn.temperature()]).build([4], { seed: 2 });
  const each = losses.crossEntropy({ reduction: 'none' });
  const weightsOf = Float32Array.from(rows, (_, i) => i % 3);
  const given = () => [
    dataset(data),
    dataset(rows).map(async (row) => row),
    dataset(data).shuffle(),
    dataset(rows).batch(32, { dropLast: true }),
  ];

  it('calibrate finds the temperature of columns, with weights too', async () => {
    const find = async (on: Parameters<typeof calibrate>[1], more = {}) => {
      const { temperature, before, after } = await calibrate(toyModel().build([4], { seed: 2 }), on, more);
      return [temperature, before.calibrationError, after.logLoss];
    };
    const expected = await find(data);
    for (const one of given()) {
      for (const [i, number] of (await find(one)).entries()) expect(number).toBeCloseTo(expected[i]!, 12);
    }
    expect(await find(dataset({ ...data, weights: weightsOf }))).toEqual(await find(data, { sampleWeights: weightsOf }));
  });

  it('worstExamples finds the same rows', async () => {
    const expected = await worstExamples(model, data, { loss: each, count: 5 });
    for (const one of given()) {
      const { worst, mostConfidentlyWrong, losses: all } = await worstExamples(model, one, { loss: each, count: 5 });
      expect(all).toEqual(expected.losses);
      for (const [list, wanted] of [
        [worst, expected.worst],
        [mostConfidentlyWrong, expected.mostConfidentlyWrong],
      ] as const) {
        expect(list.map(({ row, loss, prediction, x }) => [row, loss, prediction.data, x.data])).toEqual(
          wanted.map(({ row, loss, prediction, x }) => [row, loss, prediction.data, x.data]),
        );
      }
    }
  });

  it('worstExamples shows rows of random maps as they were measured', async () => {
    const noisy = dataset(data).map(({ x, y }, { random }) => ({ x: (x as NDArray).data.map((value) => value + random()), y }));
    const { worst } = await worstExamples(model, noisy, { loss: each, count: 20 });
    for (const { loss, x, target } of worst) {
      expect((await evaluate(model, { x, y: target }, { loss: losses.crossEntropy() })).loss).toBeCloseTo(loss, 5);
    }
  });

  it('bootstrap takes its targets and weights', async () => {
    const prediction = await predict(model, data.x);
    const { values } = await bootstrap(metrics.accuracy(), prediction, data.y, { samples: 20 });
    for (const one of given()) {
      expect((await bootstrap(metrics.accuracy(), await predict(model, dataset(rows)), one, { samples: 20 })).values).toEqual(values);
    }
    const weighted = await bootstrap(metrics.accuracy(), prediction, dataset({ ...data, weights: weightsOf }), { samples: 20 });
    expect(weighted.values).toEqual(
      (await bootstrap(metrics.accuracy(), prediction, data.y, { samples: 20, sampleWeights: weightsOf })).values,
    );
  });

  it('refuses streams, other weights, a batch size for batches, and rows without targets', async () => {
    const stream = dataset(async function* () {
      yield* rows;
    });
    const message = async (run: PromiseLike<unknown>) => (await rejection(run)).message;
    expect(await message(calibrate(model, stream))).toContain('calibrate: validation must have rows that can be chosen by number');
    expect(await message(worstExamples(model, stream, { loss: each }))).toContain('collect its rows in an array first');
    expect(await message(bootstrap(metrics.accuracy(), data.y, stream))).toContain('bootstrap: target must have rows');
    expect(await message(calibrate(model, dataset(data), { sampleWeights: weightsOf }))).toContain('give the rows of a dataset a weight');
    expect(await message(calibrate(model, dataset(data).batch(8), { batchSize: 8 }))).toContain('leave batchSize out');
    expect(await message(worstExamples(model, dataset({ x: data.x }), { loss: each }))).toContain('have no y');
    expect(await message(bootstrap(metrics.accuracy(), data.y, dataset({ x: data.x })))).toContain('bootstrap: the rows have no y');
    expect(await message(bootstrap(metrics.accuracy(), data.y, dataset(data).take(50)))).toContain('target has 50');
    const some = dataset(rows.map((row, i) => (i < 45 ? row : { ...row, weight: 1 }))).batch(45);
    expect(await message(bootstrap(metrics.accuracy(), data.y, some))).toContain('some of the rows have a weight');
    const sequences = dataset(rows.map(({ x }, i) => ({ x: x.subarray(0, 1 + (i % 4)), y: x.subarray(0, 1 + (i % 4)) })));
    expect(await message(bootstrap(metrics.accuracy(), data.y, sequences.paddedBatch(2, { y: 0 })))).toContain(
      'give paddedBatch() a length',
    );
  });
});

describe('refuses', () => {
  const stream = async function* () {
    yield* rows;
  };
  const once = 'leave out repeat(), and train for more epochs';
  const batches = 'leave out bucketByLength(), mixup() and what comes after batch()';
  const streams = 'collect its rows in an array first, dataset(rows)';
  it.each<[string, () => unknown, string, object?]>([
    ['a stream', () => stream(), `found a stream; ${streams}`],
    ['a factory', () => stream, streams],
    ['a dataset of a stream', () => dataset(stream), streams],
    ['rows that were prefetched', () => dataset(rows).prefetch(2), streams],
    [
      'rows that were chosen by what map made',
      () =>
        dataset(rows)
          .map((row) => row)
          .filter(() => true),
      'call filter() before map()',
    ],
    ['rows of batches', () => dataset(rows).batch(4).unbatch(), streams],
    ['batches of a stream', () => dataset(stream).batch(4), streams],
    ['batches of a source', () => dataset(() => [data], { batched: true }), batches],
    [
      'batches that were mapped',
      () =>
        dataset(rows)
          .batch(4)
          .map((batch) => batch),
      batches,
    ],
    ['batches that were cached', () => dataset(rows).paddedBatch(4).cache(), batches],
    ['mixup', () => dataset(data).batch(4).mixup({ alpha: 0.2, classes: 3 }), batches],
    ['buckets', () => dataset(rows).bucketByLength({ boundaries: [4], batchSize: 4 }), batches],
    ['rows that repeat', () => dataset(data).repeat(2), `gives row 0 more than once; parts of it would share rows: ${once}`],
    ['mixed rows that repeat', () => dataset(data).shuffle().repeat(2), once],
    [
      'rows that were filtered and repeat',
      () =>
        dataset(data)
          .filter((row) => row.y === 1)
          .shuffle()
          .repeat(2),
      once,
    ],
    ['drawn rows', () => dataset(data).sample({ weights: () => 1 }), 'has other rows in every epoch; leave out sample(), balance()'],
    ['balanced rows', () => dataset(data).balance(), 'has other rows in every epoch'],
    ['some of the mixed rows', () => dataset(data).shuffle().take(50), 'what cuts mixed rows'],
    ['sampleWeights', () => dataset(data), 'give the rows of a dataset a weight', { sampleWeights: new Float32Array(90) }],
    ['columns of vectors', () => dataset({ x: data.x, y: data.x }), 'y has 4 numbers a row', { stratified: true }],
    ['labels that are vectors', () => dataset(rows.map(({ x }) => ({ x, y: [0, 1, 0] }))), 'y has 3 numbers a row', { stratified: true }],
    ['no labels', () => dataset({ x: data.x }), 'y has 0 numbers a row; give stratified: labels', { stratified: true }],
    ['no targets', () => dataset({ x: data.x }), 'fold 1 of 4: fit: the batches have no y'],
    ['groups for other rows', () => dataset(data).take(50), 'groups has 90 entries for 50 rows', { groups: [...data.y.data] }],
  ])('%s', async (_, open, message, more = {}) => {
    const error = await rejection(crossValidate(toyModel, open() as never, { ...options(), ...more }));
    expect(['DATA', 'OPTION']).toContain(error.code);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^crossValidate: /);
    expect(error.stack).toContain('datasets.test.ts');
  });

  it('bad rows, named as in the table', async () => {
    const bad = rows.map((row, i) => (i === 71 ? { ...row, x: Float32Array.of(1, 2, Number.NaN, 4) } : row));
    const table = { x: array(bad.map(({ x }) => [...x] as number[])), y: data.y };
    for (const given of [dataset(bad), dataset(bad).shuffle().batch(8), dataset(table), dataset(table).skip(9)]) {
      const error = await rejection(
        crossValidate(toyModel, given, { ...options(), fit: () => ({ ...fit(), batchSize: given.batched ? undefined : 8 }) as never }),
      );
      expect(error).toMatchObject({ code: 'DATA', row: 71, column: 2 });
      expect(error.message).toContain('crossValidate: fold 1 of 4: fit: x holds NaN in row 71, column 2');
    }
  });
});
