/** A run over a dataset that is stopped in the middle of an epoch goes on to the same bits. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, dataset, type FitOptions, fit, losses, metrics, nn, optim } from '../../src/index.js';
import { rejection, toyData, toyRows, weights } from './toy.js';

const data = toyData(100);
const rows = toyRows(data);
const folder = () => mkdtempSync(join(tmpdir(), 'slalom-dataset-'));
const model = () => nn.sequential([nn.dense(16, { activation: 'tanh' }), nn.dropout(0.3), nn.dense(3)]);
const stopAfter = (step: number): Callback => ({ batchEnd: (event, run) => event.step === step && run.stop('aborted') });
const everyStep = (directory: string): Callback => ({ batchEnd: (_, run) => run.checkpoint(join(directory, 'last.safetensors')) });

type Given = Parameters<typeof fit>[1];
const base = (more: Partial<FitOptions>): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  metrics: [metrics.accuracy()],
  epochs: 4,
  batchSize: 16,
  seed: 3,
  ...more,
});

async function part(open: () => Given, more: Partial<FitOptions>, directory: string | undefined, stop: number) {
  const trained = model();
  const used = directory === undefined ? [] : [everyStep(directory)];
  const options = base(more);
  const history = await fit(trained, open(), {
    ...options,
    ...(directory !== undefined && { resume: directory }),
    callbacks: [...used, stopAfter(stop)],
  });
  return { weights: weights(trained), history: { ...history, seconds: 0, options: undefined, environment: undefined } };
}

const noisy = () => dataset(() => rows).map(({ x, y }, { random }) => ({ x: x.map((value) => value + random()), y }));

describe('a run in parts', () => {
  it.each<[string, () => Given, Partial<FitOptions>]>([
    ['rows in memory', () => dataset(data).take(90), {}],
    [
      'rows that are shuffled, balanced and mapped',
      () =>
        dataset(data)
          .balance()
          .map((row) => row)
          .shuffle(),
      {},
    ],
    ['balanced rows', () => dataset(data).balance({ seed: 2 }), {}],
    ['a factory', () => () => rows, {}],
    ['a shuffled stream with random augmentation', () => noisy().shuffle({ buffer: 30, seed: 5 }), {}],
    ['mixup', () => dataset(data).shuffle().batch(16).mixup({ alpha: 0.2, classes: 3 }), { batchSize: undefined, metrics: [] }],
    ['epochs that go on in the source', () => () => rows, { stepsPerEpoch: 5 }],
    ['epochs of several lengths', () => (epoch: number) => rows.slice(0, 100 - 17 * epoch), {}],
    [
      'batches that begin small',
      () =>
        dataset(
          (epoch: number) =>
            [rows.slice(0, 3 + epoch), rows.slice(3, 20), rows.slice(20, 30), rows.slice(30, 50)].map((some) => ({
              x: some.map(({ x }) => x),
              y: some.map(({ y }) => y),
            })),
          { batched: true },
        ),
      { batchSize: undefined },
    ],
    ['a validation stream', () => data, { validation: () => rows.slice(0, 30) }],
  ])('with %s', async (_, open, more) => {
    const whole = await part(open, more, undefined, -1);
    const directory = folder();
    for (const stop of [1, 6, 7, 11]) await part(open, more, directory, stop);
    expect(await part(open, more, directory, -1)).toEqual(whole);
  });

  it('opens only the epoch that it goes on in', async () => {
    const opened: number[] = [];
    const open = () => (epoch: number) => {
      opened.push(epoch);
      return rows;
    };
    const directory = folder();
    await part(open, {}, directory, 16);
    await part(open, {}, directory, -1);
    expect(opened).toEqual([0, 1, 2, 2, 3]);
  });

  it('that had ended trains no more', async () => {
    const directory = folder();
    const first = await part(() => () => rows, {}, directory, -1);
    expect((await part(() => () => rows, {}, directory, -1)).history).toEqual(first.history);
  });

  it('needs data that can be opened again', async () => {
    const directory = folder();
    const once = () =>
      (async function* () {
        yield* rows;
      })();
    await part(once, { epochs: 1 }, directory, 3);
    expect(await rejection(part(once, { epochs: 1 }, directory, -1))).toMatchObject({
      code: 'CHECKPOINT',
      message: expect.stringContaining('can be read only once; pass a factory, () => source'),
    });
  });

  it('needs the same dataset and steps', async () => {
    const directory = folder();
    await part(() => dataset(data).shuffle({ seed: 1 }), {}, directory, 3);
    const other = await rejection(part(() => dataset(data).shuffle({ seed: 2 }), {}, directory, -1));
    expect(other).toMatchObject({ code: 'CHECKPOINT', message: expect.stringContaining('data was "columns(100).shuffle(seed 1)') });
    const steps = await rejection(part(() => dataset(data).shuffle({ seed: 1 }), { stepsPerEpoch: 4 }, directory, -1));
    expect(steps).toMatchObject({ code: 'CHECKPOINT', message: expect.stringContaining('stepsPerEpoch was null, found 4') });
  });

  it('with checkpoints of the callback', async () => {
    const directory = folder();
    const options = () => base({ callbacks: [callbacks.checkpoint({ directory, everySteps: 3 })], prefetch: 2 });
    const whole = model();
    await fit(whole, () => rows, base({ prefetch: 2 }));
    const source = (limit: number) =>
      async function* () {
        for (const [i, row] of rows.entries()) {
          if (i === limit) throw new Error('killed');
          yield row;
        }
      };
    await rejection(fit(model(), source(90), options()));
    const last = model();
    await fit(last, source(-1), { ...options(), resume: directory });
    expect(weights(last)).toEqual(weights(whole));
  });
});
