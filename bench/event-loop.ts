/**
 * How long the event loop waits while the digits demo trains, from the call of `fit` on: the 99th
 * percentile of its delay, at one, two and four threads, bare and with all callbacks on. An idle process is measured first, for
 * comparison.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { callbacks, configure, fit, losses, metrics, optim, schedules } from 'slalom';
import { loadDigits } from '../examples/digits/data.js';
import { makeModel, train } from '../examples/digits/model.js';

async function delayDuring(work: () => PromiseLike<unknown>): Promise<string> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  await sleep(20); // it counts from its first tick on: so the call itself counts too
  await work();
  monitor.disable();
  const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(2);
  return `p50 ${ms(monitor.percentile(50))} ms, p99 ${ms(monitor.percentile(99))} ms, greatest ${ms(monitor.max)} ms`;
}

const digits = loadDigits();

/** Ten epochs of the demo with all callbacks that go together: of the two that average the weights, one. */
function trainWatched(model: ReturnType<typeof makeModel>, folder: string) {
  const steps = 10 * Math.ceil(digits.train.y.shape[0]! / 64);
  return fit(model, digits.train, {
    loss: losses.crossEntropy(),
    optimizer: optim.adam({ lr: 1e-3, betas: [schedules.oneCycleMomentum({ steps }), 0.999] }),
    metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 10 })],
    validation: digits.validation,
    epochs: 10,
    batchSize: 64,
    seed: 1,
    publish: 'epoch',
    callbacks: [
      callbacks.unfreeze({ schedule: [{ epoch: 3, layers: 'layers.1' }] }),
      callbacks.ema(),
      callbacks.earlyStopping({ patience: 50, restoreBest: true }),
      callbacks.reduceOnPlateau(),
      callbacks.plateau({ window: 50 }),
      callbacks.gradientNorm({ below: 0 }),
      callbacks.divergence(),
      callbacks.stopAt({ monitor: 'loss', value: 0 }),
      callbacks.timeLimit({ seconds: 3600 }),
      callbacks.stopOnSignal(),
      callbacks.csvLogger({ path: join(folder, 'log.csv') }),
      callbacks.jsonLogger({ path: join(folder, 'log.jsonl'), batches: true }),
      callbacks.tensorBoard({ directory: join(folder, 'board'), histogramEvery: 1 }),
      callbacks.stepSizes({ onWarning: () => undefined }),
      callbacks.histograms({ onReport: () => undefined, activations: true }),
      callbacks.health({ onWarning: () => undefined }),
      callbacks.checkpoint({ directory: join(folder, 'saved'), best: 2, everySteps: 50 }),
      callbacks.progress({ mode: 'bar', stream: { write: () => true } }),
      callbacks.lambda({ batchBegin: () => undefined, batchEnd: () => undefined }),
    ],
  });
}

console.log(`idle: ${await delayDuring(() => sleep(2000))}`);
for (const threads of [1, 2, 4]) {
  configure({ threads });
  const model = makeModel();
  model.build([784], { seed: 1 });
  console.log(`training, ${threads} threads: ${await delayDuring(() => train(model, digits, 1, false))}`);
  const folder = mkdtempSync(join(tmpdir(), 'slalom-event-loop-'));
  const watched = makeModel();
  watched.build([784], { seed: 1 });
  console.log(`all callbacks, ${threads} threads: ${await delayDuring(() => trainWatched(watched, folder))}`);
  rmSync(folder, { recursive: true });
}
