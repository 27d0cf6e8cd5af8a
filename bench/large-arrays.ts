/**
 * Functions over large arrays, one call after the other as in a pipeline, beside the same loop in JavaScript:
 * milliseconds a call, medians of interleaved rounds, and the most memory that the process had.
 */

import { array, type Compiled, compile, configure, type NDArray, type Tensor } from '../src/index.js';
import { Peak } from './peak.js';
import { about, describe, quantile } from './results.js';
import { digits, table, times, whole } from './table.js';

const SIZES = [1_000_000, 4_000_000, 16_000_000];
const ROUNDS = 15;

interface Case {
  name: string;
  call: Compiled<[Tensor], Tensor>;
  /** The same of one number. */
  plain: (x: number) => number;
}

const cases: Case[] = [
  { name: 'tanh(x)', call: compile((x: Tensor) => x.tanh()), plain: Math.tanh },
  {
    name: '(x² + 1) sigmoid(x)',
    call: compile((x: Tensor) => x.mul(x).add(1).mul(x.sigmoid())),
    plain: (x) => (x * x + 1) / (1 + Math.exp(-x)),
  },
];

const time = async (run: () => unknown): Promise<number> => {
  const start = performance.now();
  await run();
  return performance.now() - start;
};

function compareResults({ name, call, plain }: Case, x: NDArray): void {
  const found = call.sync(x).data;
  const wrong = x.data.findIndex((value, i) => Math.abs(found[i]! - plain(value)) > 1e-5 * Math.abs(plain(value)) + 1e-6);
  if (wrong >= 0) throw new Error(`${name} of ${x.data[wrong]}: expected ${plain(x.data[wrong]!)}, found ${found[wrong]}`);
}

const peak = new Peak();
await peak.measure();
peak.close();
console.log(`${describe(about(peak.ghz))}\n`);
const rows: string[][] = [];
for (const size of SIZES) {
  const numbers = Float32Array.from({ length: size }, (_, i) => 4 * Math.sin(i));
  const x = array(numbers, { shape: [size] });
  for (const one of cases) {
    compareResults(one, x);
    const contestants = [
      ...[1, 2].map((threads) => () => {
        configure({ threads });
        return one.call(x);
      }),
      () => numbers.map(one.plain),
    ];
    const milliseconds = contestants.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, contestant] of contestants.entries()) milliseconds[i]!.push(await time(contestant));
    }
    const [single, both, plain] = milliseconds.map((all) => quantile(all)) as [number, number, number];
    rows.push([one.name, whole(size), digits(single), digits(both), digits(plain), times(plain / single)]);
  }
}
const head = ['function', 'elements', 'ms, 1 thread', 'ms, 2 threads', 'ms, JavaScript', 'speed'];
for (const line of table(head, rows)) console.log(line);
console.log(`\nat most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`);
