/**
 * `npm run bench [part of a workload's name]`: Slalom against plain JavaScript, one thread each, losses
 * compared first, shares of the peak of the processor measured beside them. A workload whose losses
 * differ is not timed. A run of all workloads is kept in bench/results; with `--readme` the README's
 * table is made of it.
 */

import Benchmark from 'benchmark';
import { configure } from '../src/index.js';
import { type Contestant, javascript, slalom } from './contestants.js';
import { Peak } from './peak.js';
import { type PlainResult, type PlainRow, plainLines } from './plain.js';
import { writeReadme } from './readme.js';
import { about, describe, quantile, save } from './results.js';
import { workloads } from './workloads/index.js';
import { flopsPerSample, makeData, type Workload } from './workloads/workload.js';

/** Both sum in float32 or better, in different orders, and the differences grow with the steps. */
const TOLERANCE = 1e-3;
/** Operations that plain JavaScript does in a few seconds: how many steps are compared, and timed in one call. */
const PATIENCE = 5e9;
/** For how long training calls and the peak take turns, and how many calls that are at least. */
const SHARE_MILLISECONDS = 6000;
const FEWEST_SHARES = 3;

async function differenceOfLosses(contestants: readonly Contestant[], steps: number): Promise<number> {
  const [ours, theirs] = await Promise.all(contestants.map((contestant) => contestant.losses(steps)));
  return Math.max(...ours!.map((loss, step) => Math.abs(loss - theirs![step]!) / theirs![step]!));
}

/** Shares of the peak: of training calls, each between two measurements of it. */
async function sharesOfPeak(contestant: Contestant, workload: Workload, peak: Peak): Promise<number[]> {
  const gflop = (contestant.samples * flopsPerSample(workload)) / 1e9;
  const shares: number[] = [];
  const end = performance.now() + SHARE_MILLISECONDS;
  for (let before = await peak.measure(); shares.length < FEWEST_SHARES || performance.now() < end; ) {
    const start = performance.now();
    await contestant.train();
    const seconds = (performance.now() - start) / 1e3;
    const after = await peak.measure();
    shares.push(gflop / seconds / ((before + after) / 2));
    before = after;
  }
  return shares;
}

/** Seconds of every training call, and the error of their mean, by the benchmark package. */
function time(contestant: Contestant): Promise<{ sample: readonly number[]; error: number }> {
  return new Promise((resolve, reject) => {
    new Benchmark(contestant.name, {
      defer: true,
      minSamples: 5,
      maxTime: 4,
      fn: (deferred: { resolve(): void }) => {
        contestant.train().then(() => deferred.resolve(), reject);
      },
      onComplete: (event: Benchmark.Event) => {
        const { sample, rme } = (event.target as unknown as Benchmark).stats!;
        resolve({ sample, error: rme });
      },
      onError: (event: Benchmark.Event) => reject((event.target as { error?: Error }).error),
    }).run({ async: true });
  });
}

async function measure(contestant: Contestant, workload: Workload, peak: Peak): Promise<PlainRow> {
  const { sample, error } = await time(contestant);
  const shares = await sharesOfPeak(contestant, workload, peak);
  const samples = contestant.samples / quantile(sample);
  const gflops = (samples * flopsPerSample(workload)) / 1e9;
  const row = { trainer: contestant.name, samplesPerSecond: samples, stepsPerSecond: samples / workload.batchSize, gflops, error };
  return { ...row, shareOfPeak: quantile(shares), bestShareOfPeak: quantile(shares, 0.9), speed: 1 };
}

async function run(workload: Workload, peak: Peak): Promise<PlainResult> {
  const data = makeData(workload);
  const steps = Math.min(20, Math.max(2, Math.floor((4 * PATIENCE) / (flopsPerSample(workload) * workload.batchSize))));
  const contestants = [slalom(workload, data), javascript(workload, data, PATIENCE)];
  const difference = await differenceOfLosses(contestants, steps);
  if (!(difference <= TOLERANCE)) {
    return { workload: workload.name, rows: [], refused: `losses differ by ${difference.toExponential(1)} (relative)` };
  }
  const [ours, theirs] = [await measure(contestants[0]!, workload, peak), await measure(contestants[1]!, workload, peak)];
  return { workload: workload.name, rows: [{ ...ours, speed: ours.samplesPerSecond / theirs.samplesPerSecond }, theirs] };
}

const part = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? '';
configure({ threads: 1 });
const peak = new Peak();
const most = await peak.measure();
const where = about(peak.ghz);
console.log(`${describe(where)}, one thread; the peak of a core is ${most.toFixed(0)} GFLOP/s\n`);
const results: PlainResult[] = [];
for (const workload of workloads.filter(({ name }) => name.includes(part))) {
  results.push(await run(workload, peak));
  console.error(`${workload.name}: done`);
}
peak.close();
console.log(plainLines(results).join('\n'));
if (part === '') {
  save('bench', where, results);
  if (process.argv.includes('--readme')) writeReadme();
}
