/** What columns hold, measured in the core, in parts between which its engine thread does other things. */

import { addon } from '../../native/addon.js';
import type { NDArray } from '../../tensor/ndarray.js';

/** Elements of a part: some milliseconds of one core. */
const PART_ELEMENTS = 2 ** 22;
/** Numbers that the core gives for each column. */
const FIELDS = 5;

/** Columns are all entries of a row, flattened. */
export interface ColumnStatistics {
  readonly columns: number;
  /** Rows that were looked at. */
  readonly rows: number;
  readonly mean: (column: number) => number;
  /** Of the rows as the whole population. */
  readonly deviation: (column: number) => number;
  readonly least: (column: number) => number;
  readonly greatest: (column: number) => number;
  /** Whether no number is missing; of a column that is not, all the others mean nothing. */
  readonly complete: (column: number) => boolean;
}

export const widthOf = ({ size, shape }: NDArray): number => size / shape[0]!;

/** Of arrays that cannot change, by step: they are measured once. */
const known = new WeakMap<NDArray, Map<number, ColumnStatistics>>();

/** Every `step`-th row. */
export async function columnStatistics(values: NDArray, step: number): Promise<ColumnStatistics> {
  const before = known.get(values)?.get(step);
  if (before) return before;
  const statistics = await measure(values, step);
  if (values.fixed) known.set(values, (known.get(values) ?? new Map<number, ColumnStatistics>()).set(step, statistics));
  return statistics;
}

async function measure(values: NDArray, step: number): Promise<ColumnStatistics> {
  const rows = values.shape[0]!;
  const part = Math.max(1, Math.floor(PART_ELEMENTS / widthOf(values))) * step;
  let all: Float64Array | undefined;
  for (let begin = 0; begin < rows; begin += part) {
    all = await addon.columnStatistics(values.native, begin, Math.min(begin + part, rows), step, all);
  }
  const numbers = all!;
  const count = numbers[0]!;
  return {
    columns: numbers.length / FIELDS,
    rows: count,
    mean: (column) => numbers[column * FIELDS + 1]!,
    deviation: (column) => Math.sqrt(numbers[column * FIELDS + 2]! / count),
    least: (column) => numbers[column * FIELDS + 3]!,
    greatest: (column) => numbers[column * FIELDS + 4]!,
    complete: (column) => !Number.isNaN(numbers[column * FIELDS + 1]!),
  };
}

/** Root mean square. */
export function sizeOfColumn({ mean, deviation }: ColumnStatistics, column: number): number {
  return Math.hypot(mean(column), deviation(column));
}

/** Greatest |number|. */
export function greatestOf({ least, greatest }: ColumnStatistics, column: number): number {
  return Math.max(Math.abs(least(column)), Math.abs(greatest(column)));
}

/** Where numbers are missing in some rows, that tells these from others. */
export function isConstant({ least, greatest, complete }: ColumnStatistics, column: number): boolean {
  return complete(column) && least(column) === greatest(column);
}

/** Columns of which something is true. */
export function columnsWhere(statistics: ColumnStatistics, test: (column: number) => boolean): number[] {
  const found: number[] = [];
  for (let column = 0; column < statistics.columns; column++) if (test(column)) found.push(column);
  return found;
}
