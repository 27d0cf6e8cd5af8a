/** What looks at a run between its steps, over datasets: the same numbers as over columns. */

import { describe, expect, it, vi } from 'vitest';
import {
  type Callback,
  callbacks,
  dataset,
  type FitOptions,
  fit,
  losses,
  nn,
  optim,
  type Probe,
  type ProbeRequest,
} from '../../src/index.js';
import { addon } from '../../src/native/addon.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { rejection, toyData, toyRows, weights } from './toy.js';

const data = toyData(100);
const part = { x: data.x.slice(0, 70), y: data.y.slice(0, 70) };
const dropping = () => nn.sequential([nn.dense(12, { activation: 'relu' }), nn.dropout(0.3), nn.dense(3)]);
const plain = () => nn.sequential([nn.dense(12, { activation: 'relu' }), nn.dense(3)]);
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  batchSize: 16,
  seed: 2,
  epochs: 2,
  ...more,
});
type Given = Parameters<typeof fit>[1];

async function looks(given: Given, more: Partial<FitOptions>, request?: ProbeRequest) {
  const seen: (Probe | undefined)[] = [];
  const look: Callback['runBegin'] = async (run) => void seen.push(await run.probe(request));
  const model = dropping();
  await fit(model, given, options({ ...more, callbacks: [{ runBegin: look, batchEnd: (_, run) => look(run) }] }));
  const without = dropping();
  await fit(without, given, options(more));
  expect(weights(model)).toEqual(weights(without));
  return seen;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function norms(given: Given, more: Partial<FitOptions> = {}) {
  const seen: (number | undefined)[] = [];
  const look: Callback['runBegin'] = async (run) => void seen.push(await run.gradientNorm(), await run.gradientNorm(2));
  await fit(plain(), given, options({ ...more, callbacks: [{ runBegin: look, batchEnd: (_, run) => look(run) }] }));
  return seen as number[];
}

describe('run.probe', () => {
  it.each<[string, () => Given, Given, Partial<FitOptions>]>([
    ['as they are', () => dataset(data), data, { shuffle: false }],
    ['mixed by fit', () => dataset(data), data, {}],
    ['mixed by themselves', () => dataset(data).shuffle({ seed: 2 }), data, {}],
    ['in part', () => dataset(data).take(70), part, {}],
    ['in part, from the middle', () => dataset(data).skip(30), { x: data.x.slice(30, 100), y: data.y.slice(30, 100) }, { shuffle: false }],
    ['in batches', () => dataset(data).batch(16), data, { shuffle: false, batchSize: undefined }],
  ])('sees the coming step over rows %s', async (_, open, columns, more) => {
    const expected = await looks(columns, { ...more, batchSize: 16 });
    expect(expected).toHaveLength(1 + 2 * Math.ceil((columns as typeof data).y.size / 16));
    expect(await looks(open(), more)).toEqual(expected);
  });

  it('sees the coming step over rows that are drawn', async () => {
    const open = () => dataset(data).sample({ weights: Array.from({ length: 100 }, (_, i) => i % 7), size: 50, seed: 4 });
    const [drawn] = await collect(open().batches(50));
    const { x, y } = drawn!;
    const more = { epochs: 1, shuffle: false };
    // The last look is at the next epoch, which draws anew.
    const [found, expected] = [await looks(open(), more), await looks({ x, y: y! }, more)];
    expect(found.slice(0, -1)).toEqual(expected.slice(0, -1));
    expect(found.at(-1)).not.toEqual(expected.at(-1));
  });

  it.each([1, 16, 40, 100, 500])('sees %i rows when asked', async (rows) => {
    const more = { shuffle: false, epochs: 1 };
    expect(await looks(dataset(data), more, { rows })).toEqual(await looks(data, more, { rows }));
  });

  it('sees the rows that an epoch reads, without a last batch that is left out', async () => {
    const [probe] = await looks(dataset(data), { dropLast: true, epochs: 1 }, { rows: 100 });
    expect(probe!.rows).toBe(96);
  });
});

describe('run.gradientNorm', () => {
  it.each<[string, () => Given, Given, Partial<FitOptions>]>([
    ['as they are', () => dataset(data), data, { shuffle: false }],
    ['mixed by fit', () => dataset(data), data, {}],
    ['mixed by themselves', () => dataset(data).shuffle({ seed: 2 }), data, {}],
    ['in part', () => dataset(data).take(70), part, {}],
  ])('is that of columns, for rows %s', async (_, open, columns, more) => {
    const [found, expected] = [await norms(open(), more), await norms(columns, more)];
    expect(found).toHaveLength(expected.length);
    for (const [i, norm] of found.entries()) expect(Math.abs(norm - expected[i]!)).toBeLessThan(reductionTolerance('f32', 100, 1));
  });

  it('to the bit, in the same order', async () => {
    expect(await norms(dataset(data), { shuffle: false })).toEqual(await norms(data, { shuffle: false }));
    const weighted = Float32Array.from({ length: 100 }, (_, i) => i % 3);
    const columns = await norms(data, { shuffle: false, sampleWeights: weighted });
    expect(await norms(dataset({ ...data, weights: weighted }), { shuffle: false })).toEqual(columns);
  });
});

describe('over a stream', () => {
  const rows = toyRows(data);

  it.each<[string, () => Given, Partial<FitOptions>, Partial<FitOptions>]>([
    ['rows', () => () => rows, {}, {}],
    ['rows without a last batch', () => () => rows, { dropLast: true }, {}],
    ['batches', () => dataset(() => rows).batch(16), { batchSize: undefined }, {}],
    ['rows that go on from epoch to epoch', () => dataset(() => rows), { stepsPerEpoch: 7 }, {}],
    ['rows, up to a step', () => () => rows, { steps: 5, epochs: undefined }, {}],
    ['rows, some at a time', () => () => rows, { prefetch: 1 }, { prefetch: undefined }],
  ])('run.probe sees the coming batch: %s', async (_, open, more, columns) => {
    const { stepsPerEpoch: _steps, ...alike } = more;
    const expected = await looks(data, { ...alike, batchSize: 16, shuffle: false, ...columns });
    const found = await looks(open(), more);
    expect(found).toHaveLength(expected.length);
    expect(found.slice(0, -1)).toEqual(expected.slice(0, -1));
    expect(found.at(-1)).toBeUndefined();
  });

  it('run.probe sees the coming batch of rows that come once', async () => {
    const seen: (number | undefined)[] = [];
    const look: Callback['runBegin'] = async (run) => void seen.push((await run.probe())?.rows);
    const once = (async function* () {
      yield* rows;
    })();
    await fit(dropping(), once, options({ epochs: 1, callbacks: [{ runBegin: look, batchEnd: (_, run) => look(run) }] }));
    expect(seen).toEqual([16, 16, 16, 16, 16, 16, 4, undefined]);
  });

  it('run.probe sees as many rows of it as are asked for', async () => {
    const [first, ...others] = await looks(() => rows, { epochs: 1 }, { rows: 5 });
    expect(first).toEqual((await looks(data, { epochs: 1, shuffle: false }, { rows: 5 }))[0]);
    expect(others.map((probe) => probe?.rows)).toEqual([5, 5, 5, 5, 5, 4, undefined]);
  });

  it('run.probe opens no source for a run that was stopped', async () => {
    let opened = 0;
    const open = () => {
      opened++;
      return rows;
    };
    const seen: unknown[] = [];
    const stopping: Callback = {
      async epochEnd(_, run) {
        run.stop('enough');
        seen.push(await run.probe());
      },
    };
    await fit(dropping(), open, options({ epochs: 3, callbacks: [stopping] }));
    expect([seen, opened]).toEqual([[undefined], 1]);
  });

  it('looks of several kinds keep their programs', async () => {
    const made = vi.spyOn(addon, 'session');
    const look: Callback['runBegin'] = async (run) => {
      for (const request of [{}, { bins: 8 }, { rows: 5, activations: true }]) await run.probe(request);
    };
    await fit(
      dropping(),
      () => rows.slice(0, 96),
      options({ epochs: 3, callbacks: [{ runBegin: look, epochEnd: (_, run) => look(run) }] }),
    );
    // The run's own and one for each kind.
    expect(made).toHaveBeenCalledTimes(4);
    made.mockRestore();
  });

  it('callbacks that look report', async () => {
    const reports: string[] = [];
    const note = (name: string) => () => void reports.push(name);
    const list = [
      callbacks.stepSizes({ onReport: note('stepSizes'), onWarning: () => undefined }),
      callbacks.histograms({ onReport: note('histograms'), activations: true }),
      callbacks.health({ onWarning: () => undefined }),
    ];
    await fit(plain(), () => rows, options({ epochs: 3, callbacks: list }));
    // After the last step no batch is to come.
    expect(reports).toEqual(['histograms', 'stepSizes', 'histograms', 'stepSizes', 'histograms']);
  });

  it('a label that the loss cannot take is named as a step names it', async () => {
    const bad = rows.map((row, i) => (i === 20 ? { ...row, y: 3 } : row));
    const look: Callback['batchEnd'] = async (_, run) => void (await run.probe());
    const [plainly, looking] = [options(), options({ callbacks: [{ batchEnd: look }] })];
    const expected = await rejection(fit(dropping(), () => bad, plainly));
    expect(expected).toMatchObject({ code: 'DATA', message: expect.stringContaining('20') });
    expect(await rejection(fit(dropping(), () => bad, looking))).toMatchObject({ code: 'DATA', message: (expected as Error).message });
  });

  it('an error of the source ends the run as it is, once', async () => {
    const failing = async function* () {
      yield* rows.slice(0, 20);
      throw new RangeError('the disk is gone');
    };
    const ended: string[] = [];
    const list: Callback[] = [
      { batchEnd: async (_, run) => void (await run.probe()) },
      { runEnd: ({ stopReason }) => void ended.push(stopReason) },
    ];
    const error = await rejection(fit(dropping(), failing, options({ callbacks: list })));
    expect(error).toMatchObject({ name: 'RangeError', message: 'the disk is gone' });
    expect(ended).toEqual(['error']);
  });

  it('run.gradientNorm ends the run with a clear error, once', async () => {
    let closed = 0;
    const open = async function* () {
      try {
        yield* rows;
      } finally {
        closed++;
      }
    };
    const ended: string[] = [];
    const list: Callback[] = [
      { batchEnd: async (_, run) => void (await run.gradientNorm()) },
      { runEnd: ({ stopReason }) => void ended.push(stopReason) },
    ];
    const error = await rejection(fit(dropping(), () => open(), options({ callbacks: list })));
    const message = expect.stringContaining('run.gradientNorm: the rows of this run come from a stream');
    expect(error).toMatchObject({ code: 'STATE', message });
    expect(ended).toEqual(['error']);
    await expect.poll(() => closed).toBe(1);
  });
});
