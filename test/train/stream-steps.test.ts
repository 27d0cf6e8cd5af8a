/** `steps` over streams: as many passes as it takes, and what happens when there are no more. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callbacks, dataset, type FitOptions, fit, losses, nn, optim } from '../../src/index.js';
import { rejection, toyData, weights } from './toy.js';

const data = toyData(100);
const rows = Array.from({ length: 100 }, (_, i) => ({ x: data.x.slice(i, i + 1).data, y: data.y.data[i]! }));
const model = () => nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dropout(0.3), nn.dense(3)]);
/** Seven steps an epoch, the last one smaller. */
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  batchSize: 16,
  seed: 2,
  ...more,
});
const once = async function* (count = 100) {
  yield* rows.slice(0, count);
};

describe('steps without epochs', () => {
  it.each([1, 6, 7, 8, 14, 20])('reads a factory as often as %i steps need', async (steps) => {
    const [streamed, columns] = [model(), model()];
    const opened: number[] = [];
    const open = (epoch: number) => {
      opened.push(epoch);
      return rows;
    };
    const history = await fit(streamed, open, options({ steps }));
    const expected = await fit(columns, data, options({ steps, shuffle: false }));
    expect(history).toMatchObject({ steps, stopReason: 'steps', epochs: Math.floor(steps / 7), loss: expected.loss });
    expect(weights(streamed)).toEqual(weights(columns));
    expect(opened).toEqual(Array.from({ length: Math.ceil(steps / 7) }, (_, i) => i));
  });

  it('over rows in memory knows the epochs', async () => {
    const [streamed, columns] = [model(), model()];
    const history = await fit(streamed, dataset(data), options({ steps: 17 }));
    await fit(columns, data, options({ steps: 17 }));
    expect(history.options.epochs).toBe(3);
    expect(weights(streamed)).toEqual(weights(columns));
  });

  it('over epochs of several lengths', async () => {
    const open = (epoch: number) => rows.slice(0, 20 * (epoch + 1));
    expect(await fit(model(), open, options({ steps: 8 }))).toMatchObject({ steps: 8, epochs: 2, stopReason: 'steps' });
  });

  it('with an end of the epoch given', async () => {
    const seen: number[] = [];
    const given = options({ steps: 8, stepsPerEpoch: 3, onEpoch: ({ step }) => seen.push(step) });
    expect(await fit(model(), () => rows, given)).toMatchObject({ steps: 8, epochs: 2, stopReason: 'steps' });
    expect(seen).toEqual([3, 6]);
  });

  it('validates after every pass', async () => {
    const history = await fit(model(), () => rows, options({ steps: 15, validation: () => rows.slice(0, 30) }));
    expect(history.validation!.loss).toHaveLength(2);
  });
});

describe('a stream that is read once', () => {
  it.each([5, 7])('may last for %i steps', async (steps) => {
    const trained = model();
    expect(await fit(trained, once(), options({ steps }))).toMatchObject({ steps, stopReason: 'steps' });
    const columns = model();
    await fit(columns, data, options({ steps, shuffle: false }));
    expect(weights(trained)).toEqual(weights(columns));
  });

  it('that runs dry says so, after the steps that it had rows for', async () => {
    const trained = model();
    const ended: string[] = [];
    const error = await rejection(
      fit(trained, once(), options({ steps: 8, callbacks: [{ runEnd: ({ stopReason }) => void ended.push(stopReason) }] })),
    );
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining('read once') });
    expect(error.message).toContain('pass a factory');
    expect(ended).toEqual(['error']);
    const columns = model();
    await fit(columns, data, options({ steps: 7, shuffle: false }));
    expect(weights(trained)).toEqual(weights(columns));
  });

  it('with epochs that the steps may not need is refused at once', async () => {
    const error = await rejection(fit(model(), once(), options({ steps: 5, epochs: 2 })));
    expect(error).toMatchObject({ code: 'OPTION', message: expect.stringContaining('can be read only once') });
  });

  it('for validation, more often than once', async () => {
    const error = await rejection(fit(model(), () => rows, options({ steps: 15, validation: once(30) })));
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining('read once') });
  });
});

describe('a resumed run', () => {
  it.each([[[3, 7, 8, 16]], [[7, 14]], [[1, 20]]])('with limits %j ends with the bits of one', async (limits) => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-stream-steps-'));
    for (const steps of limits) {
      const trained = model();
      const checkpoint = callbacks.checkpoint({ directory });
      const history = await fit(trained, () => rows, options({ steps, resume: directory, callbacks: [checkpoint] }));
      const whole = model();
      const expected = await fit(whole, () => rows, options({ steps }));
      expect(history).toMatchObject({ steps, stopReason: 'steps', epochs: expected.epochs, loss: expected.loss });
      expect(weights(trained)).toEqual(weights(whole));
    }
  });

  it('that had its steps trains no more', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-stream-steps-'));
    const run = async (steps: number) => {
      const trained = model();
      const given = options({ steps, stepsPerEpoch: 5, resume: directory, callbacks: [callbacks.checkpoint({ directory })] });
      const history = await fit(trained, () => rows, given);
      return { steps: history.steps, loss: history.loss, weights: weights(trained) };
    };
    const first = await run(10);
    expect(await run(10)).toEqual(first);
    const whole = model();
    await fit(whole, () => rows, options({ steps: 18, stepsPerEpoch: 5 }));
    expect((await run(18)).weights).toEqual(weights(whole));
  });
});
