/**
 * `npm run bench:overheads`: everything around the arithmetic. Compiling, calling a kernel, importing, the
 * first step, calls of functions and models, the memory of W1 and W6 beside PyTorch's, and whether memory grows during a long run.
 */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Peak } from '../peak.js';
import { writeFolder } from '../peers/folder.js';
import { peers } from '../peers/list.js';
import { PeerProcess } from '../peers/process.js';
import { about, describe, quantile, save } from '../results.js';
import { table } from '../table.js';
import { workloads } from '../workloads/index.js';

const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What a program prints last is its answer: a build before it may have something to say. */
const lastLine = <T>(stdout: string): T => JSON.parse(stdout.trim().split('\n').at(-1)!) as T;

async function answerOf<T>(file: string, flags: readonly string[] = [], words: readonly string[] = []): Promise<T> {
  const { stdout } = await run(process.execPath, [...flags, here(file), ...words], { env: { ...process.env, SLALOM_THREADS: '1' } });
  return lastLine(stdout);
}

async function medianOf(count: number, measure: () => Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let i = 0; i < count; i++) values.push(await measure());
  return quantile(values);
}

/** Peak megabytes of a process that trains a workload for one epoch, with its data. */
async function memoryOf(name: string, start: string): Promise<number | undefined> {
  const peer = peers.find((candidate) => candidate.name === name)!;
  if (peer.missing) return undefined;
  const running = new PeerProcess(peer, writeFolder(workloads.find((workload) => workload.name.startsWith(start))!));
  await running.answer();
  const { peakMegabytes } = await running.train(1);
  running.close();
  return peakMegabytes;
}

const peak = new Peak();
await peak.measure();
peak.close();
const where = about(peak.ghz);
console.log(`${describe(where)}, one thread\n`);
const rows: string[][] = [];
const results: Record<string, unknown> = {};
function report(key: string, title: string, value: number, unit: string): void {
  results[key] = value;
  rows.push([title, value.toPrecision(3), unit]);
}

report('import', "import 'slalom'", await medianOf(11, async () => (await answerOf<{ import: number }>('import.mjs')).import), 'ms');
report(
  'firstStep',
  'first step of W1 after fit',
  await medianOf(7, async () => (await answerOf<{ firstStep: number }>('first-step.mjs')).firstStep),
  'ms',
);
for (const graph of ['layers', 'chain', 'layers and gradient']) {
  for (const nodes of ['1000', '10000', '100000']) {
    const title = `compile ${Number(nodes).toLocaleString('en')} nodes, ${graph}`;
    try {
      const once = async () => (await answerOf<{ compile: number }>('compile.mjs', [], [graph, nodes])).compile;
      report(`compile ${graph} ${nodes}`, title, await medianOf(3, once), 'ms');
    } catch (error) {
      rows.push([title, 'failed', (error as { signal?: string }).signal ?? (error as Error).message]);
    }
  }
}
const { stdout } = await run(process.execPath, [here('../../scripts/bench-native.mjs'), 'executor']);
const executor: { call: number; run: number } = lastLine(stdout);
report('executorCall', 'executor, for each kernel call', executor.call, 'ns');
report('executorRun', 'executor, for each run of a program', executor.run, 'ns');
const calls = await answerOf<{ compiled: number; there: number; nested: number }>('calls.mjs');
report('compiledCall', 'a compiled function, called by sync', calls.compiled, 'µs');
report('oneRow', 'predictSync of one row, 4-16-3', calls.there, 'µs');
report('oneRowNested', 'predictSync of one row as nested numbers, 4-16-3', calls.nested, 'µs');
for (const start of ['W1', 'W6']) {
  const ours = (await memoryOf('slalom, 1 thread', start))!;
  report(`memory ${start}`, `peak memory of ${start}`, ours, 'MB');
  const theirs = await memoryOf('PyTorch, 1 thread', start);
  if (theirs === undefined) continue;
  report(`memory ${start} PyTorch`, `peak memory of ${start}, PyTorch`, theirs, 'MB');
  report(`memory ${start} ratio`, `slalom's share of PyTorch's`, ours / theirs, '×');
}
for (const [mode, title] of [
  ['one', 'one long run'],
  ['many', 'forty runs'],
] as const) {
  const flags = ['--expose-gc', '--max-semi-space-size=2'];
  const { megabytes } = await answerOf<{ megabytes: number[] }>('steady.mjs', flags, [mode, '40']);
  report(`${mode} begin`, `memory of ${title}, after a quarter`, megabytes[10]!, 'MB');
  report(`${mode} end`, `memory of ${title}, at the end`, megabytes.at(-1)!, 'MB');
}
console.log(table(['what', 'median', 'unit'], rows, 1).join('\n'));
save('overheads', where, results);
