/** One workload: losses compared, rounds interleaved, the peak measured in each round. */

import type { Peak } from '../peak.js';
import { quantile } from '../results.js';
import { flopsPerSample, type Workload } from '../workloads/workload.js';
import { writeFolder } from './folder.js';
import { type Peer, PeerProcess } from './process.js';

/**
 * Everybody sums in float32 or better, in different orders. Another rule or another place of an epsilon shows
 * in the first steps; later, Adam makes steps of full length from gradients that are all rounding.
 */
const COMPARED = [
  { steps: 6, tolerance: 1e-4 },
  { steps: 20, tolerance: 1e-3 },
];
const ROUNDS = 9;
/** Of one timed call, about. */
const SECONDS = 0.6;
/** Who has taken so long is timed once, and takes no part in later rounds. */
const PATIENCE = 20;
/** Untimed seconds before a timed call: a process needs about as long to be at its speed. */
const WARM = 2;

export interface Row {
  readonly contestant: string;
  readonly threads: number;
  readonly version: string;
  readonly samplesPerSecond: number;
  readonly stepsPerSecond: number;
  readonly gflops: number;
  /** Of the peak of as many threads, in the rounds of this contestant. */
  readonly shareOfPeak: number;
  /** How many times as fast Slalom is on as many threads: median over the rounds. */
  readonly slalomIs: number;
  /** Of the processes that were timed, which train and do nothing else. */
  readonly peakMegabytes: number;
  readonly rounds: number;
  readonly otherTask?: string;
}

export interface Result {
  readonly workload: string;
  /** GFLOP/s of one core and of two, medians over the rounds. */
  readonly peak: number;
  readonly peakOfTwo: number;
  readonly rows: readonly Row[];
  /** Who took no part, and why. */
  readonly leftOut: readonly string[];
}

interface Contestant {
  readonly peer: Peer;
  readonly version: string;
  /** What one timed call trains. */
  readonly count: number;
  readonly samples: number;
  /** Of such a call, before the rounds. */
  readonly seconds: number;
  /** Seconds of a sample and the peak beside it, one a round. */
  readonly times: number[];
  readonly peaks: number[];
  spent: number;
  peakMegabytes: number;
}

/** Throws unless the losses are those of the first contestant, who shows all. Whoever is slow shows fewer. */
async function compareLosses(running: PeerProcess, expected: readonly number[] | undefined): Promise<readonly number[]> {
  const start = performance.now();
  let losses = await running.losses(2);
  if (!expected || performance.now() - start < 2000) losses = await running.losses(COMPARED.at(-1)!.steps);
  for (const { steps, tolerance } of expected ? COMPARED : []) {
    const difference = Math.max(...losses.slice(0, steps).map((loss, step) => Math.abs(loss - expected![step]!) / expected![step]!));
    if (difference <= tolerance) continue;
    throw new Error(`its losses differ by ${difference.toExponential(1)} (relative) in ${steps} steps: not timed`);
  }
  return losses;
}

/** Another task has no losses to compare, but must be learning something. */
async function requireLearning(running: PeerProcess, { rows }: Workload): Promise<void> {
  const losses = await running.losses(20 * rows);
  const mean = (part: readonly number[]) => part.reduce((a, b) => a + b, 0) / part.length;
  const [first, last] = [mean(losses.slice(0, rows)), mean(losses.slice(-rows))];
  if (!(last < first)) throw new Error(`it does not learn its own task: loss ${first.toPrecision(3)}, later ${last.toPrecision(3)}`);
}

/** Compares losses and finds out what to train in a timed call of about so many seconds. */
export async function prepare(running: PeerProcess, workload: Workload, expected: readonly number[] | undefined, about = SECONDS) {
  const { peer } = running;
  const { version = '', unit } = await running.answer();
  const losses = peer.otherTask ? undefined : await compareLosses(running, expected);
  if (peer.otherTask) await requireLearning(running, workload);
  let count = 1;
  let { seconds } = await running.train(count);
  while (seconds < about / 2) {
    count = Math.ceil(count * Math.min(20, (1.2 * about) / Math.max(seconds, 1e-4)));
    ({ seconds } = await running.train(count));
  }
  const samples = count * (unit === 'step' ? workload.batchSize : workload.rows);
  const contestant: Contestant = {
    peer,
    version,
    count,
    samples,
    seconds,
    times: [],
    peaks: [],
    spent: 0,
    peakMegabytes: 0,
  };
  return { contestant, losses };
}

/**
 * In a process of its own: one that waits for its turn loses pages to a virtual machine's host, and after ten epochs or
 * more W1 knows its rows by heart, so that gradients are denormal, which slows down whoever does not flush them.
 */
async function timeRound(contestant: Contestant, folder: string, peak: Peak): Promise<void> {
  const running = new PeerProcess(contestant.peer, folder);
  try {
    await running.answer();
    if (contestant.seconds < WARM) {
      for (let warm = 0; warm < WARM; ) warm += (await running.train(contestant.count)).seconds;
    }
    contestant.peaks.push(await peak.measure(contestant.peer.threads));
    const { seconds, peakMegabytes } = await running.train(contestant.count);
    contestant.times.push(seconds / contestant.samples);
    contestant.spent += seconds;
    contestant.peakMegabytes = Math.max(contestant.peakMegabytes, peakMegabytes);
  } finally {
    running.close();
  }
}

function rowOf(contestant: Contestant, all: readonly Contestant[], workload: Workload): Row {
  const { peer, version, times, peaks, peakMegabytes } = contestant;
  const rival = all.find((other) => other.peer.name.startsWith('slalom') && other.peer.threads === peer.threads)!;
  // Who was stopped early has no later rounds to compare.
  const ratios = times.slice(0, rival.times.length).map((time, round) => time / rival.times[round]!);
  const samples = 1 / quantile(times);
  const flops = flopsPerSample(workload) / 1e9;
  return {
    contestant: peer.name,
    threads: peer.threads,
    version,
    samplesPerSecond: samples,
    stepsPerSecond: samples / workload.batchSize,
    gflops: samples * flops,
    shareOfPeak: quantile(times.map((time, round) => flops / time / peaks[round]!)),
    slalomIs: quantile(ratios),
    peakMegabytes,
    rounds: times.length,
    ...(peer.otherTask && { otherTask: peer.otherTask }),
  };
}

export async function contest(workload: Workload, peers: readonly Peer[], peak: Peak): Promise<Result> {
  const folder = writeFolder(workload);
  const contestants: Contestant[] = [];
  const leftOut: string[] = [];
  let expected: readonly number[] | undefined;
  for (const peer of peers) {
    const reason = peer.cannot?.(workload);
    if (reason) {
      leftOut.push(`${peer.name}: ${reason}`);
      continue;
    }
    const running = new PeerProcess(peer, folder);
    try {
      const { contestant, losses } = await prepare(running, workload, expected);
      expected ??= losses;
      contestants.push(contestant);
    } catch (error) {
      leftOut.push(`${peer.name}: ${(error as Error).message}`);
    } finally {
      running.close();
    }
  }
  const peaks: [number, number][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    peaks.push([await peak.measure(1), await peak.measure(2)]);
    for (const contestant of contestants) {
      if (round === 0 || contestant.spent < PATIENCE) await timeRound(contestant, folder, peak);
    }
  }
  const rows = contestants.map((contestant) => rowOf(contestant, contestants, workload));
  const [one, two] = [0, 1].map((threads) => quantile(peaks.map((both) => both[threads]!))) as [number, number];
  return { workload: workload.name, peak: one, peakOfTwo: two, rows, leftOut };
}
