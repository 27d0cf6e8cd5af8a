import { describe, expect, it } from 'vitest';
import { dataset, findLearningRate, fit, losses, nn, optim } from '../../src/index.js';
import { rejection, toyData, toyModel, toyRows, weights } from './toy.js';

const data = toyData(200);
const options = () => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.01 }), batchSize: 20, seed: 7 });

describe('findLearningRate', () => {
  it('sweeps the rates and suggests some that learn', async () => {
    const o = options();
    const model = toyModel();
    const sweep = await findLearningRate(model, data, { ...o, from: 1e-6, to: 100, steps: 80 });
    expect(sweep.lr[0]).toBe(1e-6);
    expect(sweep.lr[1]! / sweep.lr[0]!).toBeCloseTo(1e8 ** (1 / 79), 10);
    expect(sweep.loss).toHaveLength(sweep.lr.length);
    expect(sweep.smoothed[0]).toBeCloseTo(sweep.loss[0]!, 10);
    expect(sweep.lr).toContain(sweep.steepest);
    expect(sweep.lr).toContain(sweep.valley);
    o.optimizer.lr = sweep.valley;
    const { loss } = await fit(model, data, { ...o, epochs: 10 });
    expect(loss.at(-1)!).toBeLessThan(0.7 * loss[0]!);
  });

  it('ends where the loss diverges', async () => {
    const diverged = await findLearningRate(toyModel(), data, { ...options(), optimizer: optim.sgd(), to: 1e30, steps: 200 });
    expect(diverged.lr.length).toBeLessThan(200);
    expect(diverged.smoothed.every(Number.isFinite)).toBe(true);
  });

  it('puts weights and optimizer back as they were, to the bit', async () => {
    const run = async (sweeps: boolean) => {
      const o = options();
      const model = toyModel();
      await fit(model, data, { ...o, epochs: 2 });
      if (sweeps) await findLearningRate(model, data, { ...o, to: 1e20 });
      expect(o.optimizer.lr).toBe(0.01);
      expect(o.optimizer.steps).toBe(20);
      await fit(model, data, { ...o, epochs: 2 });
      return weights(model);
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it('leaves an unused optimizer unused', async () => {
    const o = options();
    const swept = toyModel();
    await findLearningRate(swept, data, o);
    await fit(swept, data, o);
    const plain = toyModel();
    await fit(plain, data, options());
    expect(weights(swept)).toEqual(weights(plain));
  });

  it('draws its curve', async () => {
    const text = String(await findLearningRate(toyModel(), data, { ...options(), steps: 20 }));
    expect(text).toMatch(/^ {6}lr {2}loss\n/);
    expect(text).toContain('valley');
  });

  it.each<[string, object, string]>([
    ['rates upside down', { from: 1, to: 0.1 }, 'from must be below to, found 1 and 0.1'],
    ['too few steps', { steps: 3 }, 'steps must be a whole number of 8 or more'],
    ['unknown options', { epochs: 3 }, 'unknown option "epochs"'],
  ])('refuses %s', async (_, more, message) => {
    const error = await rejection(findLearningRate(toyModel(), data, { ...options(), ...more } as never));
    expect(error.message).toContain(`findLearningRate: ${message}`);
  });
});

describe('datasets and streams', () => {
  const rows = toyRows(data);
  const sweep = async (given: Parameters<typeof findLearningRate>[1], more: object = {}) => {
    const { lr, loss, smoothed } = await findLearningRate(toyModel(), given, { ...options(), steps: 25, ...more });
    return { lr, loss, smoothed };
  };

  it('give what columns give', async () => {
    for (const given of [dataset(data), dataset(rows).map((row) => row)]) expect(await sweep(given)).toEqual(await sweep(data));
    const expected = await sweep(() => rows);
    expect(expected.loss).toHaveLength(25);
    expect(await sweep(dataset(() => rows).batch(20), { batchSize: undefined })).toEqual(expected);
  });

  it('fit the layers that prepare data, and keep the model’s weights', async () => {
    const model = nn.sequential([nn.standardize(), nn.dense(3)]);
    let closed = 0;
    const open = async function* () {
      try {
        yield* rows;
      } finally {
        closed++;
      }
    };
    await findLearningRate(model, () => open(), { ...options(), steps: 12 });
    // The first batch, a pass for the statistics, and two epochs.
    await expect.poll(() => closed).toBe(4);
    const other = nn.sequential([nn.standardize(), nn.dense(3)]);
    await other.adapt(data.x);
    other.build([4], { seed: 7 });
    for (const [i, value] of weights(model).entries()) expect(value).toBeCloseTo(weights(other)[i]!, 12);
  });

  it('that are empty, have no y, have batches already or can be read only once are refused', async () => {
    const once = async function* () {
      yield* rows;
    };
    const model = toyModel();
    const refused = async (given: Parameters<typeof findLearningRate>[1]) => {
      const { code, message } = await rejection(findLearningRate(model, given, options()));
      return `${code} ${message}`;
    };
    expect(await refused(once())).toMatch(/^OPTION findLearningRate: data can be read only once/);
    expect(await refused(dataset(rows).batch(10))).toMatch(/^OPTION findLearningRate: the dataset has batches already/);
    expect(await refused(() => [])).toMatch(/^DATA findLearningRate: the data gave no batch/);
    expect(await refused(() => [{ x: [1, 2, 3, 4] }])).toMatch(/^DATA findLearningRate: the batches have no y/);
    expect(model.built).toBe(false);
  });
});
