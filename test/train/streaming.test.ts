/** Sources while they are read: closed whatever ends the run, nothing lost, nobody waits for long. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dataset, type FitOptions, fit, losses, optim } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const { x, y } = toyData(96);
const rows = Array.from({ length: 96 }, (_, i) => ({ x: x.slice(i, i + 1).data, y: y.data[i]! }));
const make = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  epochs: 2,
  batchSize: 8,
  ...more,
});

/** Rows that come when asked for, and a note of how the source was treated. */
class Source {
  given = 0;
  closed = 0;
  opened = 0;
  constructor(private readonly before: (row: number) => unknown = () => undefined) {}

  readonly open = async function* (this: Source) {
    this.opened++;
    try {
      for (const [i, row] of rows.entries()) {
        await this.before(i);
        this.given++;
        yield row;
      }
    } finally {
      this.closed++;
    }
  }.bind(this);
}

describe('a source', () => {
  it('that throws ends the run with its error, after the steps before it', async () => {
    const fault = Object.assign(new Error('disk'), { code: 'EIO' });
    const source = new Source((row) => {
      if (row === 44) throw fault;
    });
    const model = toyModel();
    const ended: unknown[] = [];
    const run = fit(model, source.open, make({ callbacks: [{ runEnd: (history) => ended.push(history.stopReason) }] }));
    expect(await rejection(run)).toBe(fault);
    expect(ended).toEqual(['error']);
    expect(source).toMatchObject({ opened: 1, closed: 1 });
    const before = toyModel();
    await fit(before, { x: x.slice(0, 40), y: y.slice(0, 40) }, make({ epochs: 1, shuffle: false }));
    expect(weights(model)).toEqual(weights(before));
    // The model is free, and its weights are whole.
    await fit(model, { x, y }, make());
  });

  it('that throws at once', async () => {
    const fault = new Error('no file');
    const open = () => {
      throw fault;
    };
    const model = toyModel();
    expect(await rejection(fit(model, open, make()))).toBe(fault);
    expect(model.built).toBe(false);
  });

  it('that throws at its end', async () => {
    const fault = new Error('close');
    const open = async function* () {
      yield* rows;
      throw fault;
    };
    expect(await rejection(fit(toyModel(), () => open(), make({ onEpoch: () => undefined })))).toBe(fault);
  });

  it.each<[string, (abort: () => void) => Partial<FitOptions>]>([
    ['an abort', (abort) => ({ onBatch: ({ step }) => step === 3 && abort() })],
    ['a callback that stops', () => ({ callbacks: [{ batchEnd: ({ step }, run) => step === 3 && run.stop('enough') }] })],
    [
      'a callback that throws',
      () => ({
        onBatch: ({ step }) => {
          if (step === 3) throw new Error('mine');
        },
      }),
    ],
  ])('is closed by %s', async (_, options) => {
    const source = new Source();
    const controller = new AbortController();
    await Promise.allSettled([
      fit(toyModel(), source.open, make({ signal: controller.signal, prefetch: 1, ...options(() => controller.abort()) })),
    ]);
    await wait(5);
    expect(source).toMatchObject({ opened: 1, closed: 1 });
    expect(source.given).toBeLessThan(64);
  });

  it('is closed when the loop over the run is left', async () => {
    const source = new Source();
    for await (const _ of fit(toyModel(), source.open, make())) break;
    await wait(5);
    expect(source.closed).toBe(source.opened);
  });

  it('that never answers does not hold up an abort', async () => {
    let returned = 0;
    const silent = () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => undefined),
        return: async () => {
          returned++;
          return { done: true as const, value: undefined };
        },
      }),
    });
    const model = toyModel();
    const run = fit(model, silent, make());
    setTimeout(() => run.abort(), 5);
    expect(await run).toMatchObject({ stopReason: 'aborted', steps: 0, loss: [] });
    expect(returned).toBeGreaterThan(0);
    await fit(model, { x, y }, make());
  });

  it('that stops answering in mid-run does not hold up an abort', async () => {
    const source = new Source((row) => row === 30 && new Promise(() => undefined));
    const run = fit(
      toyModel(),
      source.open,
      make({
        prefetch: 1,
        onBatch: ({ step }) => {
          if (step === 2) setTimeout(() => run.abort(), 5);
        },
      }),
    );
    expect(await run).toMatchObject({ stopReason: 'aborted' });
  });

  it('may be a Readable, which is destroyed', async () => {
    const opened: Readable[] = [];
    const open = () => {
      const stream = Readable.from(rows);
      opened.push(stream);
      return stream;
    };
    await fit(toyModel(), open, make());
    await fit(toyModel(), open, make({ prefetch: 1, callbacks: [{ batchEnd: (_, run) => run.stop('enough') }] }));
    await wait(5);
    expect(opened.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  });
});

describe('backpressure', () => {
  it('a slow producer or consumer loses and reorders nothing', async () => {
    const expected = toyModel();
    await fit(expected, { x, y }, make({ shuffle: false }));
    for (const [producer, consumer] of [
      [1, 0],
      [0, 1],
      [1, 1],
    ]) {
      const source = new Source((row) => row % 10 === 0 && wait(producer!));
      const model = toyModel();
      const steps: number[] = [];
      const run = fit(model, source.open, make());
      for await (const { step } of run.batches()) {
        steps.push(step);
        if (step % 4 === 0) await wait(consumer!);
      }
      await run;
      expect(steps).toEqual(Array.from({ length: 24 }, (_, i) => i + 1));
      expect(weights(model)).toEqual(weights(expected));
    }
  });

  it('batches are prepared while the core trains, and no more of them than wanted', async () => {
    const source = new Source();
    const ahead: number[] = [];
    const onBatch = async ({ step, epoch }: { step: number; epoch: number }) => {
      // Time for whoever wants to run ahead.
      await wait(1);
      if (epoch === 1) ahead.push(source.given - 8 * step);
    };
    await fit(toyModel(), source.open, make({ prefetch: 2, onBatch }));
    // Rows of three batches: as many as are wanted ahead, and one that tells whether the epoch is over.
    expect(Math.max(...ahead)).toBe(24);
    expect(Math.min(...ahead.slice(0, -3))).toBe(24);
  });
});

describe('the event loop', () => {
  it('turns while a source that never waits is read', async () => {
    const many = dataset(function* () {
      for (let i = 0; i < 200_000; i++) yield rows[i % 96]!;
    });
    const delay = monitorEventLoopDelay({ resolution: 1 });
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    delay.enable();
    await fit(
      toyModel(),
      many.map((row) => row),
      make({ epochs: 1, batchSize: 512 }),
    );
    delay.disable();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });
});
