/** Orders of rows: shuffled, cut, repeated, divided. All that is random comes from (seed, epoch). */

import { Pace } from './pace.js';
import { keyOf, Words } from './philox.js';
import { type Order, orderFrom } from './selection.js';

/** Rows between two looks at the clock. */
const BLOCK = 16384;

/** The core's permutation of an epoch: Fisher and Yates. */
export async function permutation(seed: number, epoch: number, count: number): Promise<Int32Array> {
  const rows = new Int32Array(count);
  for (let i = 0; i < count; i++) rows[i] = i;
  await mix(rows, new Words(keyOf(seed, 'shuffle', epoch)));
  return rows;
}

/** Mixes in place. */
export async function mix(rows: Int32Array, words: Words): Promise<void> {
  const pace = new Pace();
  for (let i = rows.length - 1; i > 0; i--) {
    if (i % BLOCK === 0 && pace.due()) await pace.turn();
    const j = words.below(i + 1);
    const row = rows[i]!;
    rows[i] = rows[j]!;
    rows[j] = row;
  }
}

export const pick = (rows: Int32Array, places: Int32Array): Int32Array => places.map((place) => rows[place]!);

export function shuffled(inner: Order, seed: number): Order {
  const mix = (rows: Order) => shuffled(rows, seed);
  return orderFrom(inner, { ...inner, fixed: false, shuffled: true, mix }, async (epoch) => {
    const rows = await inner.of(epoch);
    return pick(rows, await permutation(seed, epoch, rows.length));
  });
}

/** Rows from one place to another, `end` not included. */
export function cut(inner: Order, begin: number, end = Number.POSITIVE_INFINITY): Order {
  const size = inner.size === undefined ? undefined : Math.max(0, Math.min(end, inner.size) - begin);
  const constant = inner.fixed || inner.constant === 'nothing' ? inner.constant : 'size';
  return orderFrom(inner, { ...inner, size, constant }, async (epoch) => (await inner.of(epoch)).subarray(begin, end));
}

/** An epoch of several of the inner one, each in its own order. */
export function repeated(inner: Order, times: number): Order {
  const size = inner.size === undefined ? undefined : inner.size * times;
  return orderFrom(inner, { ...inner, size }, async (epoch) => {
    const parts: Int32Array[] = [];
    for (let i = 0; i < times; i++) parts.push(await inner.of(epoch * times + i));
    return joined(parts);
  });
}

export function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The rows that a test lets through; it sees every row once. */
export function filtered(inner: Order, test: (row: number) => unknown): Order {
  const known = new Map<number, boolean>();
  const sift = async (rows: Int32Array) => {
    const pace = new Pace();
    const kept = new Int32Array(rows.length);
    let count = 0;
    for (const row of rows) {
      if (pace.due()) await pace.turn();
      let keep = known.get(row);
      if (keep === undefined) {
        const answer = test(row);
        keep = Boolean(answer instanceof Promise ? await answer : answer);
        known.set(row, keep);
      }
      if (keep) kept[count++] = row;
    }
    return kept.subarray(0, count);
  };
  const constant = inner.constant === 'rows' ? 'rows' : 'nothing';
  const from = { ...inner, size: undefined, constant } as const;
  return orderFrom(
    inner,
    from,
    async (epoch) => sift(await inner.of(epoch)),
    async () => sift(await inner.reach()),
  );
}

/**
 * Parts of the first epoch's rows, the same in every epoch: what is in one part is never in another.
 * `divide` gives the places of each part.
 */
export function divided(
  inner: Order,
  sizes: readonly (number | undefined)[],
  divide: (rows: Int32Array) => Promise<Int32Array[]>,
): Order[] {
  let parts: Promise<Int32Array[]> | undefined;
  return sizes.map((size, i) =>
    orderFrom(inner, { size, fixed: true, constant: 'rows', shuffled: false }, async () => {
      const rows = await inner.of(0);
      parts ??= divide(rows);
      return pick(rows, (await parts)[i]!);
    }),
  );
}
