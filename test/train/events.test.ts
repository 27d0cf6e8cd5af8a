/** Callbacks, iteration, abortion, early stopping. */

import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { array, type Callback, callbacks, type FitOptions, fit, losses, metrics, nn, optim } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const data = toyData(50);
const options = () => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.01 }), epochs: 3, batchSize: 25, seed: 7 });

describe('callbacks', () => {
  it('are called in the order of their life cycle', async () => {
    const calls: string[] = [];
    const hooks = ['runBegin', 'epochBegin', 'batchEnd', 'validationEnd', 'epochEnd', 'runEnd'] as const;
    const recorder = Object.fromEntries(hooks.map((hook) => [hook, () => void calls.push(hook)])) as Callback;
    await fit(toyModel(), data, { ...options(), epochs: 2, validation: data, callbacks: [recorder] });
    const epoch = ['epochBegin', 'batchEnd', 'batchEnd', 'validationEnd', 'epochEnd'];
    expect(calls).toEqual(['runBegin', ...epoch, ...epoch, 'runEnd']);
  });

  it('see numbers of the run, and do not change its bits', async () => {
    const seen: unknown[] = [];
    const watched = toyModel();
    await fit(watched, data, {
      ...options(),
      metrics: [metrics.accuracy()],
      onBatch: ({ epoch, batch, step, loss }) => void seen.push([epoch, batch, step, Number.isFinite(loss)]),
    });
    expect(seen).toEqual([1, 2, 3].flatMap((epoch) => [1, 2].map((batch) => [epoch, batch, 2 * (epoch - 1) + batch, true])));
    const plain = toyModel();
    await fit(plain, data, { ...options(), metrics: [metrics.accuracy()] });
    expect(weights(watched)).toEqual(weights(plain));
  });

  it('do not change the bits of the history, though chunks end where they look', async () => {
    // Losses of very different size: in f64, too, their sum depends on the order.
    const rows = 200;
    const x = array(
      Float32Array.from({ length: rows }, (_, row) => (row % 13) - 6),
      { shape: [rows, 1] },
    );
    const y = array(
      Float32Array.from({ length: rows }, (_, row) => (row % 50 === 7 ? 1e7 + row : Math.sin(row) * 1e-3)),
      { shape: [rows, 1] },
    );
    const history = async (extra: Partial<FitOptions>) => {
      const optimizer = optim.sgd({ lr: 1e-9 });
      const model = nn.sequential([nn.dense(1, { kernelInit: 'zeros' })]);
      return (await fit(model, { x, y }, { loss: losses.mse(), optimizer, epochs: 3, batchSize: 3, seed: 1, ...extra })).loss;
    };
    const plain = await history({});
    expect(plain[0]).toBeGreaterThan(1e12);
    expect(await history({ onBatch: () => undefined })).toEqual(plain);
    expect(await history({ callbacks: [{ batchEvery: 5, batchEnd: () => undefined }] })).toEqual(plain);
    expect(await history({ callbacks: [{ progress: () => undefined }] })).toEqual(plain);
  });

  it('are waited for', async () => {
    let finished = 0;
    await fit(toyModel(), data, {
      ...options(),
      onEpoch: async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        finished++;
      },
    });
    expect(finished).toBe(3);
  });

  it('that throw end the run with their error and leave the model usable', async () => {
    const model = toyModel();
    let ended = false;
    const error = await rejection(
      fit(model, data, {
        ...options(),
        callbacks: [
          {
            runEnd: () => {
              ended = true;
            },
          },
        ],
        onEpoch: ({ epoch }) => {
          if (epoch === 2) throw new RangeError('mine');
        },
      }),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(ended).toBe(true);
    const two = toyModel();
    await fit(two, data, { ...options(), epochs: 2 });
    expect(weights(model)).toEqual(weights(two));
    expect((await fit(model, data, { ...options() })).epochs).toBe(3);
  });

  it('have known names only', () => {
    expect(() => callbacks.lambda({ epochEnds: () => undefined } as never)).toThrow('did you mean "epochEnd"?');
  });
});

describe('iteration', () => {
  it('gives every epoch, and the history after it', async () => {
    const run = fit(toyModel(), data, options());
    const losses: number[] = [];
    for await (const { loss } of run) losses.push(loss);
    expect((await run).loss).toEqual(losses);
  });

  it('over batches gives every one', async () => {
    const run = fit(toyModel(), data, options());
    const steps: number[] = [];
    for await (const { step } of run.batches()) steps.push(step);
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('over batches may begin while many steps run in one go', async () => {
    const run = fit(toyModel(), data, { ...options(), epochs: 1_000_000 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const steps: number[] = [];
    for await (const { step } of run.batches()) if (steps.push(step) === 3) break;
    expect(steps).toEqual([0, 1, 2].map((after) => steps[0]! + after));
    expect(await run).toMatchObject({ stopReason: 'aborted' });
  });

  it('stops the run when it is left', async () => {
    const run = fit(toyModel(), data, { ...options(), epochs: 1000 });
    for await (const { epoch } of run) if (epoch === 2) break;
    const history = await run;
    expect(history).toMatchObject({ epochs: 2, stopReason: 'aborted' });
  });

  it('throws what the run rejects with', async () => {
    const bad = { x: data.x, y: new Int32Array(50).fill(9) };
    const error = await rejection(
      (async () => {
        for await (const _ of fit(toyModel(), bad, options())) expect.unreachable();
      })(),
    );
    expect(error.message).toContain('the label 9');
  });
});

describe('an abort signal', () => {
  it('ends a run in the middle, with whole steps', async () => {
    const controller = new AbortController();
    const model = toyModel();
    const onEpoch = ({ epoch }: { epoch: number }) => void (epoch === 1 && setTimeout(() => controller.abort(), 20));
    const history = await fit(model, data, { ...options(), epochs: 1e6, onEpoch, signal: controller.signal });
    expect(history.stopReason).toBe('aborted');
    expect(history.steps).toBeGreaterThan(0);
    const again = toyModel();
    const whole = Math.floor(history.steps / 2);
    await fit(again, data, { ...options(), epochs: Math.max(whole, 1) });
    if (history.steps % 2 === 0) expect(weights(model)).toEqual(weights(again));
  });

  it('that is aborted already lets nothing begin', async () => {
    const history = await fit(toyModel(), data, { ...options(), signal: AbortSignal.abort() });
    expect(history).toMatchObject({ stopReason: 'aborted', steps: 0, epochs: 0, loss: [] });
  });

  it('does not end the life of the model', async () => {
    const model = toyModel();
    await fit(model, data, { ...options(), signal: AbortSignal.abort() });
    expect((await fit(model, data, options())).epochs).toBe(3);
  });
});

describe('early stopping', () => {
  const noLearning = () => ({ ...options(), optimizer: optim.sgd({ lr: 0 }), epochs: 100 });

  it('waits for its patience', async () => {
    const history = await fit(toyModel(), data, { ...noLearning(), callbacks: [callbacks.earlyStopping({ patience: 4, minDelta: 1e-3 })] });
    expect(history).toMatchObject({ epochs: 5, stopReason: 'earlyStopping' });
  });

  it('takes only changes above minDelta for better', async () => {
    const common = () => ({ ...options(), epochs: 40 });
    const strict = await fit(toyModel(), data, { ...common(), callbacks: [callbacks.earlyStopping({ patience: 2, minDelta: 10 })] });
    expect(strict.epochs).toBe(3);
    const lax = await fit(toyModel(), data, { ...common(), callbacks: [callbacks.earlyStopping({ patience: 2 })] });
    expect(lax.epochs).toBeGreaterThan(3);
  });

  it('gives the weights of the best epoch back', async () => {
    const model = toyModel();
    const bad = { ...options(), optimizer: optim.sgd({ lr: 30 }), epochs: 30 };
    const stopping = callbacks.earlyStopping({ patience: 3, restoreBest: true });
    const { loss, epochs } = await fit(model, data, { ...bad, callbacks: [stopping] });
    expect(epochs).toBeLessThan(30);
    const best = loss.indexOf(Math.min(...loss)) + 1;
    const upToBest = toyModel();
    await fit(upToBest, data, { ...bad, optimizer: optim.sgd({ lr: 30 }), epochs: best });
    expect(weights(model)).toEqual(weights(upToBest));
  });

  it('names what it could monitor', async () => {
    const stopping = callbacks.earlyStopping({ monitor: 'validation.los' });
    const error = await rejection(fit(toyModel(), data, { ...options(), validation: data, callbacks: [stopping] }));
    expect(error.message).toContain('did you mean "validation.loss"?');
    expect(() => callbacks.earlyStopping({ patience: 0 })).toThrow('patience must be a whole number of 1 or more');
  });
});

it('progress writes plain lines where there is no terminal', async () => {
  let text = '';
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk;
      done();
    },
  });
  await fit(toyModel(), data, { ...options(), callbacks: [callbacks.progress({ stream: stream as never })] });
  const lines = text.trim().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^epoch 1\/3 +loss \d/);
  expect(text).not.toContain('\u001b');
});
