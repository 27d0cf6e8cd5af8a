/** Rows that can be read in any order. */

import type { NDArray } from '../tensor/ndarray.js';
import { type Column, type Columns, rowsOf } from './columns.js';

export interface Table<T = unknown> {
  readonly rows: number;
  at(row: number): T;
  /** The rows as columns, where they are. */
  readonly columns?: TableColumns;
}

/** Columns whose targets may be missing: for predictions. */
export type TableColumns = Pick<Columns, 'x' | 'weights'> & { readonly y: Column | undefined };

/** A row of columns: parts with one axis give numbers, others arrays that share memory. */
export interface ColumnRow {
  readonly x: number | NDArray;
  readonly y?: number | NDArray;
  readonly weight?: number;
}

export class ColumnTable implements Table<ColumnRow> {
  readonly rows: number;

  constructor(readonly columns: TableColumns) {
    this.rows = rowsOf(columns.x);
  }

  at(row: number): ColumnRow {
    const { x, y, weights } = this.columns;
    return { x: entry(x, row), ...(y && { y: entry(y, row) }), ...(weights && { weight: entry(weights, row) as number }) };
  }
}

function entry({ values }: Column, row: number): number | NDArray {
  if (values.rank === 1) return values.data[row]!;
  return values.slice(row, row + 1).reshape(values.shape.slice(1));
}
