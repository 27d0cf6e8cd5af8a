/** `steps`: a run ends after exactly so many steps. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, nn, optim } from '../../src/index.js';
import { dropModel, rejection, sevenSteps, timeless, toyData, weights } from './toy.js';

const data = toyData(100);

/** The weights that a run has after each step. */
async function afterEachStep(epochs: number): Promise<number[][]> {
  const whole = dropModel();
  await fit(whole, data, sevenSteps({ epochs }));
  const seen: number[][] = [];
  for (let step = 1; step <= 7 * epochs; step++) {
    const part = dropModel();
    await fit(part, data, sevenSteps({ epochs, callbacks: [{ batchEnd: (event, r) => event.step === step && r.stop('here') }] }));
    seen.push(weights(part));
  }
  expect(seen.at(-1)).toEqual(weights(whole));
  return seen;
}

describe('steps', () => {
  it('ends a run after exactly so many, within an epoch, at its end and epochs later', async () => {
    const after = await afterEachStep(3);
    for (const steps of [1, 3, 6, 7, 8, 14, 20]) {
      const trained = dropModel();
      const history = await fit(trained, data, sevenSteps({ steps }));
      expect(history).toMatchObject({ steps, epochs: Math.floor(steps / 7), stopReason: 'steps' });
      expect(weights(trained)).toEqual(after[steps - 1]);
    }
  });

  it('and epochs: the one that comes first', async () => {
    expect(await fit(dropModel(), data, sevenSteps({ steps: 9, epochs: 5 }))).toMatchObject({ steps: 9, epochs: 1, stopReason: 'steps' });
    expect(await fit(dropModel(), data, sevenSteps({ steps: 99, epochs: 2 }))).toMatchObject({
      steps: 14,
      epochs: 2,
      stopReason: 'epochs',
    });
    expect(await fit(dropModel(), data, sevenSteps({ steps: 14, epochs: 2 }))).toMatchObject({ steps: 14, epochs: 2, stopReason: 'steps' });
    expect(await fit(dropModel(), data, sevenSteps())).toMatchObject({ steps: 7, epochs: 1, stopReason: 'epochs' });
  });

  it('counts what was trained before a checkpoint', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-steps-'));
    const save: Callback = { batchEnd: (_, run) => run.checkpoint(join(directory, 'last.safetensors')) };
    const whole = dropModel();
    const once = await fit(whole, data, sevenSteps({ steps: 17, callbacks: [save] }));
    for (const steps of [5, 5, 12, 17]) {
      const part = dropModel();
      const history = await fit(
        part,
        data,
        sevenSteps({ steps, resume: join(directory, 'parts'), callbacks: [into(join(directory, 'parts'))] }),
      );
      expect(history).toMatchObject({ steps, stopReason: 'steps' });
      if (steps < 17) continue;
      expect(weights(part)).toEqual(weights(whole));
      expect(timeless(history)).toEqual(timeless(once));
      expect(history.options).toMatchObject({ steps: 17, epochs: 3 });
    }
  });

  it('leaves a checkpoint of its last step', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-steps-'));
    const part = (steps: number) =>
      fit(dropModel(), data, sevenSteps({ steps, resume: directory, callbacks: [callbacks.checkpoint({ directory })] }));
    await part(10);
    const seen: number[] = [];
    await fit(dropModel(), data, {
      ...sevenSteps({ steps: 12, resume: directory }),
      callbacks: [callbacks.checkpoint({ directory }), { batchEnd: ({ step }) => void seen.push(step) }],
    });
    expect(seen).toEqual([11, 12]);
  });

  it('gives way to what stops a run earlier', async () => {
    const list = [callbacks.stopAt({ monitor: 'loss', value: 100 })];
    expect(await fit(dropModel(), data, sevenSteps({ steps: 20, callbacks: list }))).toMatchObject({ steps: 7, stopReason: 'target' });
  });

  it('runs in one go where nothing needs JavaScript', async () => {
    const small = { x: [[1], [2]], y: [[1], [2]] };
    const history = await fit(nn.sequential([nn.dense(1)]), small, {
      loss: losses.mse(),
      optimizer: optim.sgd({ lr: 1e-3 }),
      batchSize: 1,
      steps: 100_001,
    });
    expect(history).toMatchObject({ steps: 100_001, epochs: 50_000, stopReason: 'steps' });
    expect(history.loss.length).toBe(50_000);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5'])('is refused if it is %s', async (steps) => {
    const error = await rejection(fit(dropModel(), data, sevenSteps({ steps: steps as number })));
    expect(error).toMatchObject({ code: 'OPTION' });
    expect(error.message).toMatch(/^fit: steps must be a whole number of 1 or more, found /);
  });
});

function into(directory: string): Callback {
  return callbacks.checkpoint({ directory, everySteps: 1 });
}
