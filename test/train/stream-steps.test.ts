/** `steps` over streams: as many passes as it takes, and what happens when there are no more. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callbacks, dataset, fit } from '../../src/index.js';
import { dropModel, rejection, sevenSteps, toyData, toyRows, weights } from './toy.js';

const data = toyData(100);
const rows = toyRows(data);
const once = async function* (count = 100) {
  yield* rows.slice(0, count);
};

describe('steps without epochs', () => {
  it.each([1, 6, 7, 8, 14, 20])('reads a factory as often as %i steps need', async (steps) => {
    const [streamed, columns] = [dropModel(), dropModel()];
    const opened: number[] = [];
    const open = (epoch: number) => {
      opened.push(epoch);
      return rows;
    };
    const history = await fit(streamed, open, sevenSteps({ steps }));
    const expected = await fit(columns, data, sevenSteps({ steps, shuffle: false }));
    expect(history).toMatchObject({ steps, stopReason: 'steps', epochs: Math.floor(steps / 7), loss: expected.loss });
    expect(weights(streamed)).toEqual(weights(columns));
    expect(opened).toEqual(Array.from({ length: Math.ceil(steps / 7) }, (_, i) => i));
  });

  it('over rows in memory knows the epochs', async () => {
    const [streamed, columns] = [dropModel(), dropModel()];
    const history = await fit(streamed, dataset(data), sevenSteps({ steps: 17 }));
    await fit(columns, data, sevenSteps({ steps: 17 }));
    expect(history.options.epochs).toBe(3);
    expect(weights(streamed)).toEqual(weights(columns));
  });

  it('over epochs of several lengths', async () => {
    const open = (epoch: number) => rows.slice(0, 20 * (epoch + 1));
    expect(await fit(dropModel(), open, sevenSteps({ steps: 8 }))).toMatchObject({ steps: 8, epochs: 2, stopReason: 'steps' });
  });

  it('with an end of the epoch given', async () => {
    const seen: number[] = [];
    const given = sevenSteps({ steps: 8, stepsPerEpoch: 3, onEpoch: ({ step }) => seen.push(step) });
    expect(await fit(dropModel(), () => rows, given)).toMatchObject({ steps: 8, epochs: 2, stopReason: 'steps' });
    expect(seen).toEqual([3, 6]);
  });

  it('validates after every pass', async () => {
    const history = await fit(dropModel(), () => rows, sevenSteps({ steps: 15, validation: () => rows.slice(0, 30) }));
    expect(history.validation!.loss).toHaveLength(2);
  });
});

describe('a stream that is read once', () => {
  it.each([5, 7])('may last for %i steps', async (steps) => {
    const trained = dropModel();
    expect(await fit(trained, once(), sevenSteps({ steps }))).toMatchObject({ steps, stopReason: 'steps' });
    const columns = dropModel();
    await fit(columns, data, sevenSteps({ steps, shuffle: false }));
    expect(weights(trained)).toEqual(weights(columns));
  });

  it('that runs dry says so, after the steps that it had rows for', async () => {
    const trained = dropModel();
    const ended: string[] = [];
    const error = await rejection(
      fit(trained, once(), sevenSteps({ steps: 8, callbacks: [{ runEnd: ({ stopReason }) => void ended.push(stopReason) }] })),
    );
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining('read once') });
    expect(error.message).toContain('pass a factory');
    expect(ended).toEqual(['error']);
    const columns = dropModel();
    await fit(columns, data, sevenSteps({ steps: 7, shuffle: false }));
    expect(weights(trained)).toEqual(weights(columns));
  });

  it('with epochs that the steps may not need is refused at once', async () => {
    const error = await rejection(fit(dropModel(), once(), sevenSteps({ steps: 5, epochs: 2 })));
    expect(error).toMatchObject({ code: 'OPTION', message: expect.stringContaining('can be read only once') });
  });

  it('for validation, more often than once', async () => {
    const error = await rejection(fit(dropModel(), () => rows, sevenSteps({ steps: 15, validation: once(30) })));
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining('read once') });
  });
});

describe('a resumed run', () => {
  it.each([[[3, 7, 8, 16]], [[7, 14]], [[1, 20]]])('with limits %j ends with the bits of one', async (limits) => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-stream-steps-'));
    for (const steps of limits) {
      const trained = dropModel();
      const checkpoint = callbacks.checkpoint({ directory });
      const history = await fit(trained, () => rows, sevenSteps({ steps, resume: directory, callbacks: [checkpoint] }));
      const whole = dropModel();
      const expected = await fit(whole, () => rows, sevenSteps({ steps }));
      expect(history).toMatchObject({ steps, stopReason: 'steps', epochs: expected.epochs, loss: expected.loss });
      expect(weights(trained)).toEqual(weights(whole));
    }
  });

  it('that had its steps trains no more', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-stream-steps-'));
    const run = async (steps: number) => {
      const trained = dropModel();
      const given = sevenSteps({ steps, stepsPerEpoch: 5, resume: directory, callbacks: [callbacks.checkpoint({ directory })] });
      const history = await fit(trained, () => rows, given);
      return { steps: history.steps, loss: history.loss, weights: weights(trained) };
    };
    const first = await run(10);
    expect(await run(10)).toEqual(first);
    const whole = dropModel();
    await fit(whole, () => rows, sevenSteps({ steps: 18, stepsPerEpoch: 5 }));
    expect((await run(18)).weights).toEqual(weights(whole));
  });
});
