/**
 * `npm run bench`: Slalom against plain JavaScript, one thread each, losses compared first.
 * A workload whose losses differ is not timed. `npm run bench -- --readme` also writes the table
 * into the README.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import Benchmark from 'benchmark';
import { configure, info } from '../src/index.js';
import { type Contestant, javascript, slalom } from './contestants.js';
import { workloads } from './workloads/index.js';
import { flopsPerSample, makeData, type Workload } from './workloads/workload.js';

const COMPARED_STEPS = 20;
/** Both sum in float32 or better, in different orders, and the differences grow with the steps. */
const TOLERANCE = 1e-3;

async function compareLosses(contestants: readonly Contestant[]): Promise<number> {
  const [ours, theirs] = await Promise.all(contestants.map((contestant) => contestant.losses(COMPARED_STEPS)));
  return Math.max(...ours!.map((loss, step) => Math.abs(loss - theirs![step]!) / theirs![step]!));
}

/** Median seconds of one training call, by the statistics of the benchmark package. */
function time(contestant: Contestant, epochs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    new Benchmark(contestant.name, {
      defer: true,
      minSamples: 7,
      maxTime: 4,
      fn: (deferred: { resolve(): void }) => {
        contestant.train(epochs).then(() => deferred.resolve(), reject);
      },
      onComplete: (event: Benchmark.Event) => {
        const sample = [...(event.target as unknown as Benchmark).stats!.sample].sort((a, b) => a - b);
        resolve(sample[sample.length >> 1]!);
      },
      onError: (event: Benchmark.Event) => reject((event.target as { error?: Error }).error),
    }).run({ async: true });
  });
}

async function run(workload: Workload): Promise<string[]> {
  const data = makeData(workload);
  const contestants = [slalom(workload, data), javascript(workload, data)];
  const difference = await compareLosses(contestants);
  if (!(difference <= TOLERANCE)) {
    return [`| ${workload.name} | losses differ by ${difference.toExponential(1)} (relative): not timed | | | |`];
  }
  const steps = Math.ceil(workload.rows / workload.batchSize);
  const [ours, theirs] = contestants as [Contestant, Contestant];
  const ourSeconds = (await time(ours, workload.epochs)) / workload.epochs;
  const theirEpochs = Math.min(workload.epochs, 20);
  const theirSeconds = (await time(theirs, theirEpochs)) / theirEpochs;
  const row = (name: string, seconds: number, ratio: string) => {
    const samples = workload.rows / seconds;
    const gflops = (samples * flopsPerSample(workload)) / 1e9;
    const cells = [workload.name, name, Math.round(samples).toLocaleString('en'), Math.round(steps / seconds).toLocaleString('en')];
    return `| ${[...cells, gflops.toPrecision(3), ratio].join(' | ')} |`;
  };
  return [row(ours.name, ourSeconds, `${(theirSeconds / ourSeconds).toFixed(1)} ×`), row(theirs.name, theirSeconds, '1 ×')];
}

/** The part of the README between these marks is this program's. */
function writeReadme(lines: readonly string[]): void {
  const file = new URL('../README.md', import.meta.url);
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/, `$1${lines.join('\n')}\n$2`));
}

configure({ threads: 1 });
const lines: string[] = [];
const print = (line: string) => {
  console.log(line);
  lines.push(line);
};
print(`${cpus()[0]!.model}, ${info().isa} kernels, one thread, Node ${process.version}\n`);
print('| workload | trainer | samples/s | steps/s | GFLOP/s | speed |\n|---|---|---:|---:|---:|---:|');
for (const workload of workloads) for (const line of await run(workload)) print(line);
if (process.argv.includes('--readme')) writeReadme(lines);
