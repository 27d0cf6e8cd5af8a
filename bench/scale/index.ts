/**
 * `npm run bench:scale`: W8, what W1 costs as it grows: wider, with more rows, deeper, with other batches.
 * Picoseconds an operation against the size of the network, and memory against that of what it has to
 * hold: parameters with their gradients and Adam's averages, and the data.
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Peak } from '../peak.js';
import { about, describe, save } from '../results.js';
import { percent, table, whole } from '../table.js';
import mnistMlp from '../workloads/mnist-mlp.js';
import { flopsPerSample } from '../workloads/workload.js';

interface Case {
  readonly what: string;
  readonly sizes: readonly number[];
  readonly rows: number;
  readonly batchSize: number;
}

const { sizes, batchSize } = mnistMlp;
const wider = (factor: number) => [784, ...sizes.slice(1, -1).map((width) => width * factor), 10];
const deeper = (depth: number) => [784, ...Array.from({ length: depth - 1 }, () => 256), 10];
const cases: readonly Case[] = [
  ...[1, 2, 4, 8].map((factor) => ({ what: `width × ${factor}`, sizes: wider(factor), rows: 8192, batchSize })),
  ...[1e3, 1e4, 1e5, 1e6].map((rows) => ({ what: `${whole(rows)} rows`, sizes, rows, batchSize })),
  ...[2, 5, 10, 20, 50, 100, 200].map((depth) => ({ what: `${depth} layers of 256`, sizes: deeper(depth), rows: 8192, batchSize })),
  ...[1, 4, 16, 64, 256, 1024, 4096].map((size) => ({ what: `batch ${whole(size)}`, sizes, rows: 8192, batchSize: size })),
];

/** Of one timed call, about: 50 GFLOP, fewer where the batch is one row. */
const samplesFor = ({ sizes: widths, batchSize: size }: Case) =>
  (5e10 / flopsPerSample({ ...mnistMlp, sizes: widths })) * Math.min(1, size / 16);

const parametersOf = (widths: readonly number[]) => widths.slice(1).reduce((sum, width, l) => sum + (widths[l]! + 1) * width, 0);

const part = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? '';
const peak = new Peak();
await peak.measure();
const where = about(peak.ghz);
console.log(`${describe(where)}, one thread\n`);
const results = [];
for (const one of cases.filter(({ what }) => what.includes(part))) {
  const before = await peak.measure();
  const words = [fileURLToPath(new URL('case.mjs', import.meta.url)), JSON.stringify({ ...one, samples: samplesFor(one) })];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  const most = (before + (await peak.measure())) / 2;
  const answer = JSON.parse(stdout) as { seconds: number; samplesPerSecond: number; megabytes: number };
  const gflops = (answer.samplesPerSecond * flopsPerSample({ ...mnistMlp, sizes: one.sizes })) / 1e9;
  const held = (16 * parametersOf(one.sizes) + 4 * one.rows * one.sizes[0]!) / 2 ** 20;
  results.push({ ...one, parameters: parametersOf(one.sizes), ...answer, gflops, shareOfPeak: gflops / most, held });
  console.error(`${one.what}: ${whole(answer.samplesPerSecond)} samples/s`);
}
peak.close();
const rows = results.map(({ what, parameters, samplesPerSecond, gflops, shareOfPeak, megabytes, held }) => [
  what,
  whole(parameters),
  whole(samplesPerSecond),
  gflops.toFixed(1),
  percent(shareOfPeak),
  (1000 / gflops).toFixed(1),
  whole(megabytes),
  (megabytes / held).toFixed(2),
]);
const head = ['W8', 'parameters', 'samples/s', 'GFLOP/s', 'of peak', 'ps/FLOP', 'peak MB', 'of what it holds'];
console.log(table(head, rows).join('\n'));
if (part === '') save('scale', where, results);
