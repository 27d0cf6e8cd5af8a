/**
 * Trains on synthetic batches that come from a generator, many gigabytes of them, and prints the
 * memory of the process at intervals: it must stay flat.
 *
 *     npx tsx bench/streaming.ts [gigabytes]
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { array, dataset, fit, losses, nn, optim } from '../src/index.js';

const gigabytes = Number(process.argv[2] ?? 10);
const ROWS = 128;
const WIDTH = 1024;
const CLASSES = 10;
const bytes = ROWS * WIDTH * 4;
const batches = Math.ceil((gigabytes * 1e9) / bytes);
const LINES = 20;

/** New memory for every batch, as a decoder makes it; cheap numbers, so that the bench is about moving them. */
function* synthetic() {
  let state = 1;
  for (let i = 0; i < batches; i++) {
    const x = new Float32Array(ROWS * WIDTH);
    const y = new Int32Array(ROWS);
    for (let row = 0; row < ROWS; row++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      y[row] = state % CLASSES;
      x.fill((state / 2 ** 32 - 0.5) / 8, row * WIDTH, (row + 1) * WIDTH);
      x[row * WIDTH + y[row]!] = 1;
    }
    yield { x: array(x, { shape: [ROWS, WIDTH] }), y };
  }
}

const megabytes = (value: number) => Math.round(value / 1e6);
const data = dataset(synthetic, { batched: true });
const model = nn.sequential([nn.dense(32, { activation: 'relu' }), nn.dense(CLASSES)]);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const resident: number[] = [];
const every = Math.max(1, Math.floor(batches / LINES));
const start = performance.now();
console.log(`${batches} batches of ${ROWS} rows, ${megabytes(bytes)} MB each`);
console.log('gigabytes   RSS MB   loss');
const history = await fit(model, data, {
  loss: losses.crossEntropy(),
  optimizer: optim.sgd({ lr: 0.01 }),
  onBatch({ step, loss }) {
    if (step % every !== 0) return;
    resident.push(process.memoryUsage.rss());
    console.log(`${((step * bytes) / 1e9).toFixed(2).padStart(9)} ${String(megabytes(resident.at(-1)!)).padStart(8)}   ${loss.toFixed(4)}`);
  },
});
const seconds = (performance.now() - start) / 1000;
// The first quarter warms up; what comes after must not grow.
const settled = resident.slice(Math.floor(resident.length / 4));
console.log(`${history.steps} steps in ${seconds.toFixed(1)} s, ${((batches * bytes) / 1e9 / seconds).toFixed(2)} GB/s`);
console.log(`RSS after warm-up: ${megabytes(Math.min(...settled))} to ${megabytes(Math.max(...settled))} MB`);
console.log(`event loop delay: p99 ${(delay.percentile(99) / 1e6).toFixed(2)} ms, max ${(delay.max / 1e6).toFixed(2)} ms`);
