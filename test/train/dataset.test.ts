/** fit, evaluate and predict over datasets: the same numbers as over columns. */

import { describe, expect, it } from 'vitest';
import {
  array,
  callbacks,
  dataset,
  evaluate,
  type FitOptions,
  fit,
  losses,
  metrics,
  nn,
  optim,
  predict,
  type Tensor,
} from '../../src/index.js';
import { rejection, toyData, toyModel, toyRows, weights } from './toy.js';

const data = toyData(100);
const rows = toyRows(data);
const loss = losses.crossEntropy();
const make = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss,
  optimizer: optim.adam({ lr: 0.01 }),
  metrics: [metrics.accuracy()],
  epochs: 3,
  batchSize: 16,
  seed: 3,
  ...more,
});

async function train(given: Parameters<typeof fit>[1], more: Partial<FitOptions> = {}) {
  const model = toyModel();
  const history = await fit(model, given, make(more));
  return { weights: weights(model), history: { ...history, seconds: 0, options: undefined, environment: undefined } };
}

const held = { x: data.x.slice(0, 30), y: data.y.slice(0, 30) };

describe('the same bits', () => {
  it('with rows in memory, shuffled by fit', async () => {
    expect(await train(dataset(data))).toEqual(await train(data));
    expect(await train(dataset(data).filter(() => true))).toEqual(await train(data));
    expect(await train(dataset(rows).map((row) => row))).toEqual(await train(data));
  });

  it('with a dataset that shuffles itself', async () => {
    expect(await train(dataset(data).shuffle({ seed: 3 }))).toEqual(await train(data));
  });

  it.each<[string, () => Parameters<typeof fit>[1]]>([
    ['rows chosen in memory', () => dataset(data).take(100)],
    ['an array of rows', () => dataset(rows)],
    ['rows that were mapped', () => dataset(data).map((row) => row)],
    ['a factory', () => () => rows],
    [
      'a factory of an async iterable',
      () =>
        async function* () {
          yield* rows;
        },
    ],
    ['chunks', () => () => [rows.slice(0, 37), rows.slice(37)]],
  ])('in order, with %s', async (_, open) => {
    const more = { shuffle: false, dropLast: false, validation: held };
    const given = open();
    const streamed = !(given instanceof Object && 'source' in given);
    expect(await train(given, streamed ? { ...more, shuffle: false } : more)).toEqual(await train(data, more));
  });

  it('with batches of the source’s own', async () => {
    const starts = [0, 16, 32, 48, 64, 80, 96];
    const open = () => starts.map((at) => ({ x: data.x.slice(at, at + 16), y: data.y.slice(at, at + 16) }));
    const batched = dataset(open, { batched: true });
    expect(await train(batched, { batchSize: undefined })).toEqual(await train(data, { shuffle: false }));
  });

  it('with the last batch left out', async () => {
    const expected = await train(data, { shuffle: false, dropLast: true });
    for (const given of [dataset(data).take(100), () => rows]) {
      expect(await train(given, { shuffle: false, dropLast: true })).toEqual(expected);
    }
    expect(await train(dataset(data).batch(16, { dropLast: true }), { batchSize: undefined })).toEqual(expected);
  });

  it('with weights', async () => {
    const sampleWeights = Float32Array.from(rows, (_, i) => i % 3);
    const expected = await train(data, { shuffle: false, sampleWeights });
    expect(await train(dataset({ ...data, weights: sampleWeights }), { shuffle: false })).toEqual(expected);
    expect(await train(() => rows.map((row, i) => ({ ...row, weight: i % 3 })))).toEqual(expected);
  });

  it('with callbacks that see every batch, and whatever is prefetched', async () => {
    const expected = (await train(() => rows)).weights;
    for (const prefetch of [1, 2, 50]) expect((await train(() => rows, { prefetch })).weights).toEqual(expected);
    const batches: number[] = [];
    expect((await train(() => rows, { onBatch: ({ batch }) => batches.push(batch) })).weights).toEqual(expected);
    expect(batches).toEqual([...Array(3)].flatMap(() => [1, 2, 3, 4, 5, 6, 7]));
  });

  it('for validation of every kind', async () => {
    const expected = await train(data, { validation: held });
    const heldRows = rows.slice(0, 30);
    for (const validation of [dataset(held), () => heldRows, dataset(heldRows), dataset(() => heldRows).batch(256)]) {
      expect(await train(data, { validation })).toEqual(expected);
    }
  });
});

it('errors name rows in memory by their place in the table, whatever the order', async () => {
  const bad = rows.map((row, i) => (i === 70 ? { ...row, x: Float32Array.of(1, Number.NaN, 1, 1) } : row));
  const ragged = rows.map((row, i) => (i === 70 ? { ...row, x: [1, 2] } : row));
  for (const given of [
    dataset(bad),
    dataset(bad)
      .skip(9)
      .map((row) => row),
    dataset(bad).shuffle().batch(16),
  ]) {
    expect(await rejection(train(given, { batchSize: given.batched ? undefined : 16 }))).toMatchObject({
      code: 'DATA',
      row: 70,
      column: 1,
    });
  }
  expect((await rejection(predict(toyModel(), dataset(bad).skip(9)))).row).toBe(70);
  expect(await rejection(train(dataset(ragged).skip(9), { shuffle: false }))).toMatchObject({ row: 70 });
});

it('padding that a model tells by its value changes nothing', async () => {
  class MeanOf extends nn.Module {
    head = nn.dense(3);
    forward(x: Tensor) {
      const there = x.notEqual(-1);
      const mean = there
        .select(x, 0)
        .sum(1, { keepDims: true })
        .div(there.cast('f32').sum(1, { keepDims: true }));
      return this.head.call(mean);
    }
  }
  const ragged = rows.map(({ x, y }, i) => ({ x: x.subarray(0, 1 + (i % 4)), y }));
  const model = new MeanOf();
  await fit(model, dataset(ragged).paddedBatch(16, { value: -1, multipleOf: 8 }), make({ batchSize: undefined, epochs: 1 }));
  const alone = await predict(model, array(ragged[1]!.x, { shape: [1, 2] }));
  const padded = await predict(model, dataset(ragged.slice(1, 3)).paddedBatch(2, { value: -1, multipleOf: 8 }));
  expect(padded.slice(0, 1).data).toEqual(alone.data);
});

describe('epochs', () => {
  it('choose other rows each time', async () => {
    const seen: unknown[][] = [];
    const spied = dataset(rows).map((row, { epoch }) => {
      seen[epoch] = [...(seen[epoch] ?? []), row];
      return row;
    });
    await train(spied.shuffle({ seed: 1 }));
    expect(seen.map(({ length }) => length)).toEqual([100, 100, 100]);
    expect(seen[0]).not.toEqual(seen[1]);
  });

  it('of several lengths', async () => {
    const open = (epoch: number) => rows.slice(0, 20 * (epoch + 1));
    const { history } = await train(open);
    expect(history).toMatchObject({ epochs: 3, steps: 2 + 3 + 4, stopReason: 'epochs' });
  });

  it('of so many steps go on in the source, and begin it again', async () => {
    const opened: number[] = [];
    const open = (epoch: number) => {
      opened.push(epoch);
      return rows;
    };
    const { history, weights: streamed } = await train(open, { stepsPerEpoch: 5 });
    expect(history).toMatchObject({ epochs: 3, steps: 15 });
    expect(opened).toEqual([0, 1, 2]);
    // 7 + 7 + 1 batches: the same steps as two epochs and a batch.
    const again = await train(dataset(rows).repeat(3).batch(16), { batchSize: undefined, stepsPerEpoch: 5 });
    expect(again.history.steps).toBe(15);
    const inMemory = await train(dataset(data), { stepsPerEpoch: 5, shuffle: false });
    expect(inMemory.weights).toEqual(streamed);
  });

  it('an endless source needs their length', async () => {
    const endless = dataset(() => rows).repeat();
    expect((await train(endless, { stepsPerEpoch: 9 })).history).toMatchObject({ epochs: 3, steps: 27 });
  });

  it('a stream that is read once may last for several', async () => {
    const once = async function* () {
      yield* rows;
    };
    expect((await train(once(), { stepsPerEpoch: 2 })).history).toMatchObject({ epochs: 3, steps: 6 });
    const error = await rejection(train(once(), { stepsPerEpoch: 3 }));
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining('pass a factory') });
  });

  it('of a stream that is read once are one', async () => {
    const once = async function* () {
      yield* rows;
    };
    expect((await train(once(), { epochs: 1 })).history.epochs).toBe(1);
    expect(await rejection(train(once()))).toMatchObject({
      code: 'OPTION',
      message: expect.stringContaining('can be read only once, but 3 epochs are asked for; pass a factory'),
    });
    expect(await rejection(train(data, { validation: once() }))).toMatchObject({
      message: expect.stringContaining('validation can be read'),
    });
  });
});

describe('batches of many shapes', () => {
  const model = () => nn.sequential([nn.flatten(), nn.dense(3)]);
  const meanModel = () =>
    new (class extends nn.Module {
      out = nn.dense(3);
      forward(x: Parameters<nn.Module['forward']>[0]) {
        return this.out.call(x.mean(1, { keepDims: true }));
      }
    })();

  it('train with one program each', async () => {
    const sequences = rows.map(({ x, y }, i) => ({ x: Float32Array.from({ length: 1 + (i % 9) }, (_, j) => x[j % 4]!), y }));
    const trained = meanModel() as never;
    const given = dataset(sequences).bucketByLength({ boundaries: [3, 6], batchSize: 8 });
    const history = await fit(trained, given, { loss, optimizer: optim.adam(), epochs: 4, metrics: [metrics.accuracy()] });
    expect(history.steps).toBeGreaterThan(40);
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0]!);
    expect(await evaluate(trained, given, { loss })).toHaveProperty('loss');
  });

  it('more shapes than are kept', async () => {
    const open = () => Array.from({ length: 70 }, (_, i) => ({ x: [new Float32Array(i + 1).fill(1)], y: [i % 3] }));
    const history = await fit(meanModel() as never, dataset(open, { batched: true }), { loss, optimizer: optim.sgd(), epochs: 2 });
    expect(history.steps).toBe(140);
  });

  it('that the model cannot take are refused, with the weights of the last step', async () => {
    const trained = model();
    const open = () => [
      { x: data.x.slice(0, 4), y: data.y.slice(0, 4) },
      { x: array([[1, 2]]), y: [0] },
    ];
    const error = await rejection(fit(trained, dataset(open, { batched: true }), { loss, optimizer: optim.sgd(), prefetch: 1 }));
    expect(error).toMatchObject({ code: 'SHAPE' });
    const once = model();
    await fit(once, { x: data.x.slice(0, 4), y: data.y.slice(0, 4) }, { loss, optimizer: optim.sgd() });
    expect(weights(trained)).toEqual(weights(once));
  });

  it('metrics that keep rows need equal batches', async () => {
    const open = () =>
      [rows.slice(0, 4), rows.slice(4, 6), rows.slice(6, 10)].map((some) => ({ x: some.map(({ x }) => x), y: some.map(({ y }) => y) }));
    const binary = dataset(open, { batched: true }).map(({ x, y }) => ({ x, y: [...y!.data].map((label) => Number(label === 0)) }));
    const error = await rejection(evaluate(nn.sequential([nn.dense(2)]), binary, { metrics: [metrics.rocAuc()] }));
    expect(error.message).toMatch(/rocAuc keeps every row and needs batches of 4 rows/);
  });
});

describe('evaluate and predict', () => {
  it('give what they give for columns', async () => {
    const model = toyModel();
    await fit(model, data, make());
    const options = { loss, metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 3 })] } as const;
    const expected = await evaluate(model, data, options);
    for (const given of [dataset(data), () => rows, dataset(rows).map((row) => row)])
      expect(await evaluate(model, given, options)).toEqual(expected);
    const some = await evaluate(
      model,
      dataset(data).filter(({ y }) => y === 1),
      options,
    );
    expect(some.accuracy).not.toBe(expected.accuracy);
    const predicted = (await predict(model, data.x)).toArray();
    for (const given of [dataset(data), dataset({ x: data.x }), () => rows, dataset(rows).batch(7)]) {
      expect((await predict(model, given)).toArray()).toEqual(predicted);
    }
  });

  it('see the weights of their call while others train', async () => {
    const model = toyModel();
    model.build([4]);
    const before = await predict(model, data.x);
    let go: () => void = () => undefined;
    const trained = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow = async function* () {
      await trained;
      yield* rows.slice(0, 40);
    };
    const expected = await evaluate(model, dataset(rows.slice(0, 40)).batch(16), { loss });
    const reading = predict(model, dataset(slow).batch(16));
    const scores = evaluate(model, dataset(slow).batch(16), { loss });
    await fit(model, data, make({ onBatch: ({ step }) => step === 5 && go() }));
    expect((await reading).toArray()).toEqual(before.slice(0, 40).toArray());
    expect(await scores).toEqual(expected);
  });
});

it('predict refuses rows whose results have several shapes', async () => {
  class Twice extends nn.Module {
    forward(x: Tensor) {
      return x.mul(2);
    }
  }
  const ragged = rows.map(({ x }, i) => ({ x: x.subarray(0, 1 + (i % 4)) }));
  const error = await rejection(predict(new Twice(), dataset(ragged).paddedBatch(2)));
  expect(error).toMatchObject({ code: 'DATA', expected: '[2]', found: '[4]' });
  expect(error.message).toContain('predict: the model makes rows of shape [4] of a batch, and of shape [2] of the first');
  expect((await predict(new Twice(), dataset(ragged).paddedBatch(2, { length: 4 }))).shape).toEqual([100, 4]);
});

describe('callbacks over a stream', () => {
  const trained = async (given: Parameters<typeof fit>[1], more: Partial<FitOptions>) => {
    const model = nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(3)]);
    model.build([4], { seed: 3 });
    model.freeze('layers.0');
    await fit(model, given, make({ shuffle: false, ...more }));
    return weights(model);
  };

  it('layers that thaw in mid-run are trained by batches that were prepared before', async () => {
    const thaw = (): Partial<FitOptions> => ({ callbacks: [callbacks.unfreeze({ schedule: [{ epoch: 2, layers: 'layers.0' }] })] });
    const midway = (): Partial<FitOptions> => {
      let seen: { unfreeze(path: string): unknown } | undefined;
      return {
        callbacks: [
          {
            setup: (model) => {
              seen = model;
            },
            batchEnd: ({ step }) => {
              if (step === 3) seen!.unfreeze('layers.0');
            },
          },
        ],
      };
    };
    for (const more of [thaw, midway]) expect(await trained(() => rows, { prefetch: 4, ...more() })).toEqual(await trained(data, more()));
  });

  it('averages of the weights need no length of an epoch, unless they go by epochs', async () => {
    const ema = () => ({ callbacks: [callbacks.ema({ decay: 0.9 })], validation: held });
    expect(await trained(() => rows, ema())).toEqual(await trained(data, ema()));
    const swa = () => ({ callbacks: [callbacks.swa({ startEpoch: 2 })] });
    expect((await rejection(trained(() => rows, swa()))).message).toContain('give fit stepsPerEpoch');
    expect(await trained(dataset(data).take(100), swa())).toEqual(await trained(data, swa()));
  });
});

it('progress of a stream has no length before its first epoch has ended', async () => {
  let text = '';
  const stream = {
    write(part: string) {
      text += part;
    },
  };
  await train(() => rows, { prefetch: 2, callbacks: [callbacks.progress({ mode: 'bar', stream })] });
  expect(text).toContain(' 2/?');
  expect(text).toContain('epoch 3/3');
  expect(text).not.toMatch(/NaN|Infinity|∞/);
});
