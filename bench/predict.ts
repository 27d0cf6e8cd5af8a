/**
 * `npm run bench:predict`: W7, predictions of W1's model. One row (median and 99th percentile of a
 * call), and 1,024 rows, by everybody who is installed, each in a process of its own with the same weights.
 * The logits are compared first; whoever has others is not timed. Rounds are interleaved. The last line is what
 * one core takes to read as many bytes as the weights have, from the first to the last, over and over.
 */

import { Peak } from './peak.js';
import { writeFolder } from './peers/folder.js';
import { installed } from './peers/list.js';
import { PeerProcess } from './peers/process.js';
import { about, describe, quantile, save } from './results.js';
import { table, whole } from './table.js';
import mnistMlp from './workloads/mnist-mlp.js';

const COMPARED_ROWS = 8;
const TOLERANCE = 1e-3;
const ROUNDS = 11;
const MANY = 1024;
/** Of one round and size, about; a call is made in any case. */
const SECONDS = 0.1;
/**
 * Of the calls before these, about: after seconds in which others ran, thousands of calls are slower by a tenth, and a
 * virtual machine's host takes pages of idle processes away.
 */
const WARM_UP_SECONDS = 0.5;
/** As many rounds' calls of one row as just-in-time compilers take to be done. */
const COMPILED_AFTER = 10;

/** So many calls are timed, after so many others. */
interface Calls {
  readonly timed: number;
  readonly before: number;
}

interface Contestant {
  readonly process: PeerProcess;
  readonly calls: readonly [one: Calls, many: Calls];
  readonly one: number[];
  readonly many: number[];
}

async function prepare(running: PeerProcess, expected: readonly number[] | undefined) {
  await running.answer();
  const outputs = await running.outputs(COMPARED_ROWS);
  if (expected) {
    const most = Math.max(...expected.map(Math.abs));
    const difference = Math.max(...outputs.map((output, i) => Math.abs(output - expected[i]!))) / most;
    if (!(difference <= TOLERANCE)) throw new Error(`its logits differ by ${difference.toExponential(1)}: not timed`);
  }
  const callsFor = async (rows: number): Promise<Calls> => {
    const each = (await running.predict(rows, 2))[1]!;
    const timed = Math.max(1, Math.min(500, Math.round(SECONDS / each)));
    return { timed, before: Math.max(timed, Math.round(WARM_UP_SECONDS / each)) };
  };
  await running.predict(1, 1);
  const calls = [await callsFor(1), await callsFor(MANY)] as const;
  await running.predict(1, COMPILED_AFTER * calls[0].timed);
  const contestant: Contestant = { process: running, calls, one: [], many: [] };
  return { contestant, outputs };
}

const peak = new Peak();
await peak.measure();
const where = about(peak.ghz);
console.log(`${describe(where)}\n`);
const { sizes } = mnistMlp;
const weightBytes = 4 * sizes.slice(1).reduce((sum, width, i) => sum + width * (sizes[i]! + 1), 0);
const folder = writeFolder({ ...mnistMlp, rows: MANY });
const contestants: Contestant[] = [];
let expected: readonly number[] | undefined;
for (const peer of installed()) {
  if (peer.noPrediction) {
    console.log(`left out: ${peer.name}: ${peer.noPrediction}`);
    continue;
  }
  const running = new PeerProcess(peer, folder);
  try {
    const { contestant, outputs } = await prepare(running, expected);
    expected ??= outputs;
    contestants.push(contestant);
  } catch (error) {
    console.log(`left out: ${peer.name}: ${(error as Error).message}`);
    running.close();
  }
}
const readings: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  readings.push(await peak.reading(weightBytes));
  for (const { process, calls, one, many } of contestants) {
    const times = async (rows: number, { timed, before }: Calls) => {
      await process.predict(rows, before);
      return process.predict(rows, timed);
    };
    one.push(...(await times(1, calls[0])));
    many.push(...(await times(MANY, calls[1])));
  }
}
peak.close();
const results = contestants.map(({ process, one, many }) => {
  process.close();
  const call = { p50: 1e6 * quantile(one), p99: 1e6 * quantile(one, 0.99) };
  return { contestant: process.peer.name, ...call, calls: one.length, rowsPerSecond: MANY / quantile(many) };
});
const rows = results.map(({ contestant, p50, p99, calls, rowsPerSecond }) => [
  contestant,
  p50.toFixed(1),
  p99.toFixed(1),
  String(calls),
  whole(rowsPerSecond),
]);
const reading = { contestant: 'reading the weights', p50: 1e6 * quantile(readings) };
rows.push([reading.contestant, reading.p50.toFixed(1), '', '', '']);
console.log(table(['W7', 'one row: p50 µs', 'p99 µs', 'calls', '1,024 rows: rows/s'], rows).join('\n'));
save('predict', where, [...results, reading]);
