/**
 * `npm run bench:peers [part of a workload's name]`: Slalom against everything that is installed, each
 * in a process of its own, with the same weights and rows. Losses are compared first; whoever has
 * others is not timed. Rounds are interleaved, and the peak of the processor is measured in each;
 * the table has medians. A run of all workloads is kept in bench/results.
 */

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { info } from '../../src/index.js';
import { peerWorkloads } from '../workloads/index.js';
import { flopsPerSample, makeData, makeLayers, type Workload } from '../workloads/workload.js';
import { peers } from './list.js';
import { PeerProcess } from './process.js';

const COMPARED_STEPS = 20;
const TOLERANCE = 1e-3;
const ROUNDS = 9;
/** Of one timed call, about. */
const SECONDS = 0.6;

function writeFolder(workload: Workload): string {
  const folder = mkdtempSync(join(tmpdir(), 'slalom-peers-'));
  const { x, y } = makeData(workload);
  writeFileSync(join(folder, 'workload.json'), JSON.stringify(workload));
  writeFileSync(join(folder, 'x'), x);
  writeFileSync(join(folder, 'y'), y);
  const weights = makeLayers(workload).flatMap(({ weight, bias }) => [weight, bias]);
  writeFileSync(join(folder, 'weights'), Buffer.concat(weights.map((part) => Buffer.from(part.buffer))));
  return folder;
}

/** GFLOP/s that one core can do at the moment. */
class Peak {
  private readonly child = spawn(process.execPath, [fileURLToPath(new URL('../../scripts/bench-native.mjs', import.meta.url)), 'peak'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  private readonly lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();

  async measure(): Promise<number> {
    this.child.stdin.write('\n');
    for (;;) {
      const { value, done } = await this.lines.next();
      if (done) throw new Error('the peak program ended');
      if (value.startsWith('{')) return (JSON.parse(value) as { peak: number }).peak;
    }
  }

  close(): void {
    this.child.stdin.end();
  }
}

interface Contestant {
  readonly process: PeerProcess;
  readonly version: string;
  readonly epochs: number;
  /** Seconds of an epoch, one a round. */
  readonly times: number[];
}

/** Ready to be timed, or why not. */
async function prepare(running: PeerProcess, expected: readonly number[] | undefined): Promise<Contestant & { losses: readonly number[] }> {
  const { version = '' } = await running.answer();
  const losses = await running.losses(COMPARED_STEPS);
  const difference = expected ? Math.max(...losses.map((loss, step) => Math.abs(loss - expected[step]!) / expected[step]!)) : 0;
  if (!(difference <= TOLERANCE)) throw new Error(`its losses differ by ${difference.toExponential(1)} (relative): not timed`);
  let epochs = 1;
  for (let seconds = await running.train(epochs); seconds < SECONDS / 2; seconds = await running.train(epochs)) {
    epochs = Math.ceil(epochs * Math.min(20, (1.2 * SECONDS) / Math.max(seconds, 1e-4)));
  }
  return { process: running, version, epochs, times: [], losses };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

async function run(workload: Workload, peak: Peak): Promise<object> {
  console.log(`\n${workload.name}`);
  const folder = writeFolder(workload);
  const contestants: Contestant[] = [];
  let expected: readonly number[] | undefined;
  for (const peer of peers) {
    if (peer.without?.some((start) => workload.name.startsWith(start))) continue;
    const running = new PeerProcess(peer, folder);
    try {
      const made = await prepare(running, expected);
      expected ??= made.losses;
      contestants.push(made);
    } catch (error) {
      console.log(`  ${peer.name}: left out: ${(error as Error).message}`);
      running.close();
    }
  }
  const peaks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { process, epochs, times } of contestants) {
      peaks.push(await peak.measure());
      times.push((await process.train(epochs)) / epochs);
    }
  }
  const most = median(peaks);
  console.log(
    `  ${'contestant'.padEnd(24)} ${'samples/s'.padStart(12)} ${'steps/s'.padStart(11)} ${'GFLOP/s'.padStart(9)} ${'of peak'.padStart(8)} ${'slalom is'.padStart(10)}`,
  );
  const rows = contestants.map(({ process: { peer }, version, times }) => {
    const seconds = median(times);
    const samples = workload.rows / seconds;
    const gflops = (samples * flopsPerSample(workload)) / 1e9;
    const rival = contestants.find(({ process }) => process.peer.name === peer.name.replace(/^[^,]+/, 'slalom')) ?? contestants[0]!;
    const ratio = median(times.map((time, round) => time / rival.times[round]!));
    const steps = Math.ceil(workload.rows / workload.batchSize) / seconds;
    const cells = [Math.round(samples).toLocaleString('en').padStart(12), Math.round(steps).toLocaleString('en').padStart(11)];
    console.log(
      `  ${peer.name.padEnd(24)} ${cells.join(' ')} ${gflops.toFixed(1).padStart(9)} ${`${((100 * gflops) / most).toFixed(0)} %`.padStart(8)} ${(rival.process.peer === peer ? '' : `${ratio.toFixed(2)} ×`).padStart(10)}`,
    );
    return { contestant: peer.name, version, samplesPerSecond: samples, stepsPerSecond: steps, gflops, slalomIs: ratio };
  });
  for (const { process } of contestants) process.close();
  return { workload: workload.name, peak: most, rows };
}

const [part = ''] = process.argv.slice(2);
const peak = new Peak();
const about = { cpu: cpus()[0]!.model, cores: cpus().length, isa: info().isa, node: process.version, date: new Date().toISOString() };
console.log(`${about.cpu}, ${about.cores} cores, ${about.isa} kernels, Node ${about.node}; the peak is that of one core`);
const results: object[] = [];
for (const workload of peerWorkloads.filter(({ name }) => name.includes(part))) results.push(await run(workload, peak));
peak.close();
const folder = fileURLToPath(new URL('../results', import.meta.url));
mkdirSync(folder, { recursive: true });
if (part === '')
  writeFileSync(join(folder, `peers-${about.date.slice(0, 10)}.json`), `${JSON.stringify({ ...about, results }, undefined, 1)}\n`);
