/**
 * `npx tsx bench/folds.ts`: cross-validation of the digits model, folds in parallel over the cores
 * against folds one after the other, on one thread and on all. Rounds are interleaved; a round counts
 * only while the peak kernel grows with the cores, before and after it (see bench/threads.ts). All
 * ways must end with the same bits, or this fails.
 */

import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { configure, crossValidate, losses, metrics, optim } from 'slalom';
import { loadDigits } from '../examples/digits/data.js';
import { makeModel } from '../examples/digits/model.js';
import { Peak } from './peak.js';
import { about, describe, quantile } from './results.js';
import { table, times } from './table.js';

const ROUNDS = Number(process.argv[2] ?? 9);
const FOLDS = 4;
const EPOCHS = 4;
/** Of what the cores could give: less, and somebody else is running. */
const GROWS = 0.95;

const cores = availableParallelism();
const { train: data } = loadDigits();
const ways = [
  { name: 'one after the other, 1 thread', threads: 1, parallel: 1 },
  { name: `one after the other, ${cores} threads`, threads: cores, parallel: 1 },
  { name: `${cores} at a time`, threads: cores, parallel: cores },
] as const;
type Way = (typeof ways)[number];

/** Seconds, and the bits of all folds: weights, losses, predictions. */
async function run({ threads, parallel }: Way): Promise<{ seconds: number; hash: string }> {
  configure({ threads });
  const begin = performance.now();
  const { folds, predictions, scores } = await crossValidate(makeModel, data, {
    folds: FOLDS,
    stratified: true,
    shuffle: true,
    parallel,
    fit: () => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 1e-3 }), epochs: EPOCHS, batchSize: 64 }),
    metrics: [metrics.accuracy()],
  });
  const seconds = (performance.now() - begin) / 1000;
  const hash = createHash('sha256').update(predictions!.data).update(Float64Array.from(scores.loss.values));
  for (const { model, history } of folds) {
    hash.update(Float64Array.from(history.loss));
    for (const weights of Object.values(model.state())) hash.update(weights.data);
  }
  return { seconds, hash: hash.digest('hex') };
}

const peak = new Peak();

/** What all cores do, interruptions counted, over what so many times one does undisturbed. */
async function growth(): Promise<number> {
  const one = await peak.measure(1);
  await peak.measure(cores);
  return peak.held / (cores * one);
}

const seconds: number[][] = ways.map(() => []);
const grown: number[] = [];
const counted: boolean[] = [];
const hashes = new Set<string>();
await run(ways[0]);
let before = await growth();
for (let round = 0; round < ROUNDS; round++) {
  for (let i = 0; i < ways.length; i++) {
    const at = (round + i) % ways.length;
    const found = await run(ways[at]!);
    seconds[at]![round] = found.seconds;
    hashes.add(found.hash);
  }
  const after = await growth();
  grown.push(cores * Math.min(before, after));
  counted.push(Math.min(before, after) >= GROWS);
  before = after;
}
console.log(`${describe(about(peak.ghz))}\n`);
peak.close();
if (hashes.size !== 1) throw new Error('the folds end with different bits');

const idle = counted.filter((counts) => counts).length;
const kept = (values: readonly number[]) => values.filter((_, round) => idle === 0 || counted[round]);
const rows = ways.map(({ name }, way) => {
  const ratios = seconds[way]!.map((time, round) => seconds[0]![round]! / time);
  return [name, quantile(kept(seconds[way]!)).toFixed(2), times(quantile(kept(ratios)))];
});
console.log(table([`${FOLDS} folds of ${data.x.shape[0]} digits, ${EPOCHS} epochs`, 'seconds', 'speed'], rows).join('\n'));
console.log(
  `\nmedians of ${idle === 0 ? `${ROUNDS} rounds, in none of which the peak grew with the cores` : `${idle} of ${ROUNDS} rounds`}; ${cores} threads of the peak kernel did ${times(quantile(grown))} one; all bits are equal`,
);
