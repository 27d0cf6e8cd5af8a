/** Orders that depend on what class a row is of: balanced, drawn by weight, divided class by class. */

import { DataError, describe } from '../errors.js';
import { NDArray } from '../tensor/ndarray.js';
import { joined, mix, pick } from './orders.js';
import { Pace } from './pace.js';
import { keyOf, Words } from './philox.js';
import { type Order, orderFrom } from './selection.js';

/** What is asked of every row, once. */
export type Ask = (row: number) => unknown;

/** The answers for these rows, in their order; each row is asked once. */
async function answers<T>(rows: Int32Array, known: Map<number, T>, ask: (row: number) => T | Promise<T>): Promise<T[]> {
  const pace = new Pace();
  const all: T[] = [];
  for (const row of rows) {
    if (pace.due()) await pace.turn();
    let answer = known.get(row);
    if (answer === undefined) {
      answer = await ask(row);
      known.set(row, answer);
    }
    all.push(answer);
  }
  return all;
}

/** A class as it can be compared: numbers, text and one-hot vectors. */
function classKey(value: unknown, row: number): string {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return String(value);
  if (value instanceof NDArray) return value.data.join();
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return Array.from(value as ArrayLike<unknown>).join();
  throw new DataError(`dataset: the class of row ${row} is ${describe(value)}, expected a number, text or a vector; give the option by`, {
    op: 'dataset',
    row,
  });
}

/** Places of every class, in order of the first row of each. */
async function classesOf(rows: Int32Array, known: Map<number, string>, ask: Ask): Promise<Int32Array[]> {
  const keys = await answers(rows, known, async (row) => classKey(await ask(row), row));
  const places = new Map<string, number[]>();
  for (const [place, key] of keys.entries()) {
    const list = places.get(key);
    if (list) list.push(place);
    else places.set(key, [place]);
  }
  return [...places.values()].map((list) => Int32Array.from(list));
}

/** As many rows of every class: those of the greatest, or with `under` those of the least. */
export function balanced(inner: Order, ask: Ask, seed: number, under: boolean): Order {
  const known = new Map<number, string>();
  const constant = inner.constant === 'rows' ? 'size' : 'nothing';
  return orderFrom(inner, { size: undefined, fixed: false, constant, shuffled: true }, async (epoch) => {
    const rows = await inner.of(epoch);
    const classes = await classesOf(rows, known, ask);
    const sizes = classes.map(({ length }) => length);
    const wanted = under ? Math.min(...sizes) : Math.max(...sizes);
    const words = new Words(keyOf(seed, 'data/balance', epoch));
    const parts: Int32Array[] = [];
    for (const places of classes) {
      // Every row as often as the others of its class, but for a rest that is drawn anew in every epoch.
      for (let i = 1; i <= wanted / places.length; i++) parts.push(places);
      const drawn = places.slice();
      await mix(drawn, words);
      parts.push(drawn.subarray(0, wanted % places.length));
    }
    const all = joined(parts);
    await mix(all, words);
    return pick(rows, all);
  });
}

/** Rows drawn with replacement, each as likely as its weight says. */
export function sampled(inner: Order, weights: readonly number[] | Ask, seed: number, size: number | undefined): Order {
  const known = new Map<number, number>();
  const weigh = async (rows: Int32Array) => {
    if (typeof weights === 'function') return answers(rows, known, async (row) => checkWeight(await weights(row), row));
    if (weights.length !== rows.length) {
      throw new DataError(`dataset: sample() has ${weights.length} weights for ${rows.length} rows; expected as many`, { op: 'dataset' });
    }
    return weights;
  };
  const constant = size === undefined && inner.constant === 'nothing' ? 'nothing' : 'size';
  return orderFrom(inner, { size: size ?? inner.size, fixed: false, constant, shuffled: true }, async (epoch) => {
    const rows = await inner.of(epoch);
    const sums = new Float64Array(rows.length);
    let total = 0;
    for (const [i, weight] of (await weigh(rows)).entries()) {
      total += weight;
      sums[i] = total;
    }
    if (!(total > 0 && total < Number.POSITIVE_INFINITY)) {
      throw new DataError(`dataset: the weights of sample() add up to ${total}, expected a number above 0`, { op: 'dataset' });
    }
    const words = new Words(keyOf(seed, 'data/sample', epoch));
    const pace = new Pace();
    const drawn = new Int32Array(size ?? rows.length);
    for (let i = 0; i < drawn.length; i++) {
      if (pace.due()) await pace.turn();
      drawn[i] = rows[firstAbove(sums, words.uniform() * total)]!;
    }
    return drawn;
  });
}

function checkWeight(weight: unknown, row: number): number {
  if (typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY) return weight;
  throw new DataError(`dataset: the weight of row ${row} is ${describe(weight)}, expected a number of 0 or more`, { op: 'dataset', row });
}

/** The first place whose sum is above a number; sums never fall. */
function firstAbove(sums: Float64Array, number: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > number) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Places `[0, count)` in parts by their shares, mixed unless `seed` is missing. */
export async function divide(count: number, shares: readonly number[], seed: number | undefined): Promise<Int32Array[]> {
  const places = Int32Array.from({ length: count }, (_, i) => i);
  if (seed !== undefined) await mix(places, new Words(keyOf(seed, 'data/split', 0)));
  return bounds(count, shares).map(([begin, end]) => places.subarray(begin, end));
}

/** Where the parts of so many rows begin and end: together they are all. */
export function bounds(count: number, shares: readonly number[]): [number, number][] {
  let sum = 0;
  let begin = 0;
  return shares.map((share, i) => {
    sum += share;
    const end = i === shares.length - 1 ? count : Math.round(count * sum);
    const part: [number, number] = [begin, end];
    begin = end;
    return part;
  });
}

/** As `divide`, with the same share of every class in each part. */
export async function divideByClass(rows: Int32Array, shares: readonly number[], ask: Ask, seed: number): Promise<Int32Array[]> {
  const classes = await classesOf(rows, new Map(), ask);
  const words = new Words(keyOf(seed, 'data/stratified', 0));
  const parts: Int32Array[][] = shares.map(() => []);
  for (const places of classes) {
    await mix(places, words);
    for (const [i, [begin, end]] of bounds(places.length, shares).entries()) parts[i]!.push(places.subarray(begin, end));
  }
  const all: Int32Array[] = [];
  for (const part of parts) {
    const places = joined(part);
    await mix(places, words);
    all.push(places);
  }
  return all;
}
