/** Rows of data that a check looks at. */

import { type Column, type Columns, rowsOf } from '../../data/columns.js';
import { Pace } from '../../data/pace.js';
import { keyOf, Words } from '../../data/philox.js';
import type { NDArray } from '../../tensor/ndarray.js';
import { takeRows } from '../takeRows.js';
import { widthOf } from './statistics.js';

export interface Sample {
  /** No row of a table comes twice. */
  readonly x: Column;
  /** Of as many rows, or of more where rows are drawn several times. */
  readonly y: Column;
  /** Each `step`-th row of the columns is looked at. */
  readonly step: number;
  /** Of the data; undefined: these are the first of a stream that was not read to its end. */
  readonly rows: number | undefined;
  /** Which rows of which array in memory; without `rows`, all. */
  readonly origin: { readonly values: NDArray; readonly rows: Int32Array | undefined } | undefined;
}

export const lookedAt = ({ x, step }: Pick<Sample, 'x' | 'step'>): number => Math.ceil(rowsOf(x) / step);

/** Rows that hold so many numbers, two at least. */
export const rowsWithin = (numbers: number, { values }: Column): number => Math.max(2, Math.floor(numbers / widthOf(values)));

/** Rows of columns, evenly spread. */
export function columnSample({ x, y }: Pick<Columns, 'x' | 'y'>, most: number): Sample {
  return { x, y, step: Math.max(1, Math.ceil(rowsOf(x) / most)), rows: rowsOf(x), origin: { values: x.values, rows: undefined } };
}

/**
 * Chosen rows of columns, evenly spread and gathered off the JavaScript thread. A row that is drawn several
 * times counts as often for y.
 */
export async function chosenSample({ x, y }: Pick<Columns, 'x' | 'y'>, rows: Int32Array, most: number): Promise<Sample> {
  const chosen = await distinct(rows, rowsOf(x));
  const [some, answers] = [await spread(chosen, most), await spread(rows, most)];
  return {
    x: await chosenColumn(x, some),
    y: await chosenColumn(y, answers),
    step: 1,
    rows: chosen.length,
    origin: { values: x.values, rows: chosen.length === rowsOf(x) ? undefined : chosen },
  };
}

async function chosenColumn({ name, values }: Column, rows: Int32Array): Promise<Column> {
  return { name, values: await takeRows(values, rows), numberOf: (place) => rows[place]! };
}

/** Rows between two looks at the clock. */
const BLOCK = 16384;

/** Each of the numbers of rows once, in order. */
export async function distinct(rows: Int32Array, below: number): Promise<Int32Array> {
  const pace = new Pace();
  const seen = new Uint8Array(below);
  let count = 0;
  for (let i = 0; i < rows.length; i++) {
    if (i % BLOCK === 0 && pace.due()) await pace.turn();
    const row = rows[i]!;
    count += 1 - seen[row]!;
    seen[row] = 1;
  }
  const found = new Int32Array(count);
  for (let row = 0, at = 0; row < below; row++) {
    if (row % BLOCK === 0 && pace.due()) await pace.turn();
    if (seen[row]) found[at++] = row;
  }
  return found;
}

/** At most so many, evenly spread: one at random from each of as many stretches, since rows may have a rhythm, as labels in turn do. */
export async function spread(rows: Int32Array, most: number): Promise<Int32Array> {
  const step = Math.ceil(rows.length / most);
  if (step <= 1) return rows;
  const pace = new Pace();
  const words = new Words(keyOf(0, 'checkData', 0));
  const some = new Int32Array(Math.ceil(rows.length / step));
  for (let i = 0; i < some.length; i++) {
    if (i % BLOCK === 0 && pace.due()) await pace.turn();
    some[i] = rows[i * step + words.below(Math.min(step, rows.length - i * step))]!;
  }
  return some;
}

/** Whether somebody gave the very same rows twice, which he knows. */
export async function sameRows({ origin: a }: Sample, { origin: b }: Sample): Promise<boolean> {
  if (!a || a.values !== b?.values) return false;
  if (!a.rows || !b.rows) return a.rows === b.rows;
  if (a.rows.length !== b.rows.length) return false;
  const pace = new Pace();
  for (let i = 0; i < a.rows.length; i++) {
    if (i % BLOCK === 0 && pace.due()) await pace.turn();
    if (a.rows[i] !== b.rows[i]) return false;
  }
  return true;
}
