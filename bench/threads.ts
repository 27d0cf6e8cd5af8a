/**
 * `npm run bench:threads`: what a second thread gives on W1 and W6, and what it costs on a busy machine.
 * Slalom with one thread and with two, in processes of their own, rounds interleaved; both end with the
 * same bits, or this fails. Idle, a round counts only while two threads of the peak kernel do twice what one
 * does, before and after it: two virtual cores are sometimes one physical core. Busy, a process spins
 * for each core of two, for a limited time.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Peak } from './peak.js';
import { writeFolder } from './peers/folder.js';
import { slalom } from './peers/list.js';
import { PeerProcess } from './peers/process.js';
import { about, describe, quantile, save } from './results.js';
import { table, whole } from './table.js';
import { workloads } from './workloads/index.js';
import type { Workload } from './workloads/workload.js';

const IDLE_ROUNDS = 15;
const BUSY_ROUNDS = 9;
/** The peak doubles if it is at least this many times as much. */
const DOUBLES = 1.9;
/** Of one timed call on one thread, about. */
const SECONDS = 0.7;
/** No spinner outlives this, whatever becomes of us. */
const SPIN_SECONDS = 300;

interface ThreadResult {
  readonly workload: string;
  readonly conditions: 'idle' | 'busy';
  readonly one: number;
  readonly two: number;
  /** Median over the rounds that count. */
  readonly ratio: number | null;
  readonly counted: number;
  readonly rounds: number;
}

class Pair {
  readonly one: PeerProcess;
  readonly two: PeerProcess;
  epochs = 1;

  constructor(readonly workload: Workload) {
    const folder = writeFolder(workload);
    this.one = new PeerProcess(slalom(1), folder);
    this.two = new PeerProcess(slalom(2), folder);
  }

  async start(): Promise<void> {
    await Promise.all([this.one.answer(), this.two.answer()]);
    const { seconds } = await this.one.train(1);
    await this.two.train(1);
    this.epochs = Math.max(1, Math.round(SECONDS / seconds));
  }

  /** Seconds of as many epochs on one thread and on two. */
  async round(): Promise<[number, number]> {
    const one = (await this.one.train(this.epochs)).seconds;
    return [one, (await this.two.train(this.epochs)).seconds];
  }

  async sameBits(): Promise<boolean> {
    return (await this.one.bits()) === (await this.two.bits());
  }

  close(): void {
    this.one.close();
    this.two.close();
  }
}

/** What two threads do, interruptions counted, over what one does undisturbed. */
async function growth(peak: Peak): Promise<number> {
  const one = await peak.measure(1);
  await peak.measure(2);
  return peak.held / one;
}

function resultOf(pair: Pair, conditions: 'idle' | 'busy', rounds: readonly [number, number][], counted: readonly boolean[]): ThreadResult {
  const samples = pair.workload.rows * pair.epochs;
  const kept = rounds.filter((_, round) => counted[round]);
  const shown = kept.length > 0 ? kept : rounds;
  return {
    workload: pair.workload.name,
    conditions,
    one: samples / quantile(shown.map(([one]) => one)),
    two: samples / quantile(shown.map(([, two]) => two)),
    ratio: kept.length > 0 ? quantile(kept.map(([one, two]) => one / two)) : null,
    counted: kept.length,
    rounds: rounds.length,
  };
}

async function idle(pair: Pair, peak: Peak): Promise<ThreadResult> {
  const rounds: [number, number][] = [];
  const counted: boolean[] = [];
  let before = await growth(peak);
  for (let i = 0; i < IDLE_ROUNDS; i++) {
    rounds.push(await pair.round());
    const after = await growth(peak);
    counted.push(Math.min(before, after) >= DOUBLES);
    before = after;
  }
  return resultOf(pair, 'idle', rounds, counted);
}

async function busy(pair: Pair): Promise<ThreadResult> {
  const spin = `const end = Date.now() + ${1000 * SPIN_SECONDS}; while (Date.now() < end && process.ppid === ${process.pid});`;
  const spinners: ChildProcess[] = [0, 1].map(() => spawn(process.execPath, ['-e', spin], { stdio: 'ignore' }));
  const ended = spinners.map((spinner) => once(spinner, 'exit'));
  try {
    const rounds: [number, number][] = [];
    for (let i = 0; i < BUSY_ROUNDS; i++) rounds.push(await pair.round());
    return resultOf(
      pair,
      'busy',
      rounds,
      rounds.map(() => true),
    );
  } finally {
    for (const spinner of spinners) spinner.kill();
    await Promise.all(ended);
  }
}

const cell = ({ ratio }: ThreadResult) => (ratio === null ? 'the peak never doubled' : `${ratio.toFixed(2)} ×`);
const part = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? '';
const peak = new Peak();
await peak.measure();
const where = about(peak.ghz);
console.log(`${describe(where)}\n`);
const results: ThreadResult[] = [];
for (const workload of workloads.filter(({ name }) => /^W[16] /.test(name) && name.includes(part))) {
  const pair = new Pair(workload);
  try {
    await pair.start();
    results.push(await idle(pair, peak), await busy(pair));
    if (!(await pair.sameBits())) throw new Error(`${workload.name}: one thread and two end with different bits`);
    console.log(`${workload.name}: the bits of one thread and of two are equal`);
  } finally {
    pair.close();
  }
}
peak.close();
const rows = results.map((result) => {
  const { workload, conditions, one, two, counted, rounds } = result;
  const when = conditions === 'idle' ? `idle, peak doubles in ${counted} of ${rounds} rounds` : 'beside two busy processes';
  return [workload, when, whole(one), whole(two), cell(result)];
});
console.log(table(['workload', 'conditions', '1 thread, samples/s', '2 threads', 'two are'], rows, 2).join('\n'));
if (part === '') save('threads', where, results);
