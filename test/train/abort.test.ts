/** An abort at any moment leaves whole steps, a whole history and nothing behind. */

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { callbacks, type FitOptions, type FitRun, fit, losses, optim } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const data = toyData(50);
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  epochs: 3,
  batchSize: 25,
  seed: 7,
  ...more,
});

/** A run that is aborted after so many steps. */
async function aborted(steps: number, more: Partial<FitOptions> = {}) {
  const model = toyModel();
  const controller = new AbortController();
  const { signal } = controller;
  const history = await fit(model, data, options({ signal, onBatch: ({ step }) => step === steps && controller.abort(), ...more }));
  return { model, history };
}

describe('a signal from a callback', () => {
  it.each([1, 2, 3, 5])('ends the run after step %i, to the bit', async (steps) => {
    const { model, history } = await aborted(steps);
    expect(history).toMatchObject({ steps, epochs: Math.floor(steps / 2), stopReason: 'aborted' });
    expect(history.loss).toHaveLength(history.epochs);
    expect(history.lr).toHaveLength(history.epochs);
    const stopped = toyModel();
    await fit(stopped, data, options({ callbacks: [{ batchEnd: ({ step }, run) => step === steps && run.stop('there') }] }));
    expect(weights(model)).toEqual(weights(stopped));
  });

  it('cuts off the validation of its epoch only', async () => {
    const { history } = await aborted(4, { validation: data });
    expect(history).toMatchObject({ epochs: 2, stopReason: 'aborted' });
    const whole = await fit(toyModel(), data, options({ validation: data }));
    expect(history.validation!.loss).toEqual(whole.validation!.loss.slice(0, 1));
  });

  it('does not take the best weights away', async () => {
    const keep = callbacks.earlyStopping({ patience: 50, restoreBest: true, monitor: 'loss', mode: 'max' });
    const { model, history } = await aborted(5, { callbacks: [keep] });
    expect(history.stopReason).toBe('aborted');
    const first = toyModel();
    await fit(first, data, options({ epochs: 1 + history.loss.indexOf(Math.max(...history.loss)) }));
    expect(weights(model)).toEqual(weights(first));
  });

  it('is the reason that counts, also when the run would end anyway', async () => {
    expect((await aborted(6)).history).toMatchObject({ epochs: 3, stopReason: 'aborted' });
  });
});

describe('run.abort()', () => {
  it('before the first step lets nothing begin', async () => {
    const run = fit(toyModel(), data, options());
    run.abort();
    expect(await run).toMatchObject({ steps: 0, epochs: 0, stopReason: 'aborted' });
  });

  it('twice is once, and after the end nothing', async () => {
    const run: FitRun = fit(
      toyModel(),
      data,
      options({
        onEpoch() {
          run.abort();
          run.abort();
        },
      }),
    );
    expect(await run).toMatchObject({ epochs: 1, stopReason: 'aborted' });
    run.abort();
    expect((await run).stopReason).toBe('aborted');
  });

  it('ends a loop over the epochs', async () => {
    const run = fit(toyModel(), data, options({ epochs: 1e6 }));
    const seen: number[] = [];
    for await (const { epoch } of run) {
      seen.push(epoch);
      if (epoch === 3) run.abort();
    }
    expect(seen).toEqual([1, 2, 3]);
  });
});

it.each<[string, (signal: AbortSignal) => PromiseLike<unknown>]>([
  ['ends', (signal) => fit(toyModel(), data, options({ signal }))],
  ['is refused for its data', (signal) => rejection(fit(toyModel(), { x: data.x, y: new Int32Array(50).fill(9) }, options({ signal })))],
  ['is refused for its options', (signal) => rejection(fit(toyModel(), data, options({ signal, epochs: 0 })))],
  ['diverges', (signal) => rejection(fit(toyModel(), data, options({ signal, optimizer: optim.sgd({ lr: 1e38 }), epochs: 100 })))],
  ['fails in a callback', (signal) => rejection(fit(toyModel(), data, options({ signal, onEpoch: () => Promise.reject(new Error()) })))],
])('a signal forgets a run that %s', async (_, use) => {
  const { signal } = new AbortController();
  await use(signal);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
