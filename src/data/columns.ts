/** Data in memory as arrays with one row an entry: what `fit`, `evaluate` and `predict` take beside datasets. */

import { DataError, describe, formatShape, OptionError, ShapeError } from '../errors.js';
import type { DType, NativeArray } from '../native/binding.js';
import { suggestion } from '../nearest.js';
import { isPlain } from '../plain.js';
import { type ArrayInput, array, NDArray } from '../tensor/ndarray.js';

/** A column of data: an `NDArray`, nested arrays, or a typed array of one number a row. Rows are the first axis. */
export type ColumnInput = NDArray | ArrayInput;

/** Inputs and targets, row by row. */
export interface Data {
  /** [rows, …] */
  readonly x: ColumnInput;
  /** [rows, …] */
  readonly y: ColumnInput;
}

export interface Column {
  /** `x`, `y`, `validation.x`: for errors. */
  readonly name: string;
  readonly values: NDArray;
  /** The number by which messages call a row, where it is not its place. */
  readonly numberOf?: (place: number) => number;
}

/** What a run reads. */
export interface Columns {
  readonly x: Column;
  readonly y: Column;
  /** [rows] */
  readonly weights: Column | undefined;
}

/**
 * A column as it is, copied unless it is an `NDArray` already; nested arrays become f32, or
 * `nested`. Throws `DataError` if it has no rows.
 */
export function column(where: string, name: string, input: unknown, nested?: DType): Column {
  if (input === undefined || input === null) throw new DataError(`${where}: ${name} is missing, found ${describe(input)}`, { op: where });
  const values = input instanceof NDArray ? input : array(input as ArrayInput, Array.isArray(input) ? { dtype: nested } : undefined);
  if (values.rank === 0) throw new ShapeError(`${where}: ${name} is a single number, expected rows along the first axis`, { op: where });
  if (values.size === 0) {
    throw new DataError(`${where}: ${name} is empty, its shape is ${formatShape(values.shape)}; expected one row or more`, { op: where });
  }
  return { name, values };
}

/** As programs read them. */
export const nativesOf = ({ x, y, weights }: Columns): NativeArray[] =>
  [x, y, ...(weights ? [weights] : [])].map(({ values }) => values.native);

export const rowsOf = ({ values }: Column): number => values.shape[0]!;

/** Throws `DataError` unless all columns have as many rows. */
export function checkRows(where: string, columns: readonly Column[]): void {
  const [first, ...others] = columns;
  const other = others.find((one) => rowsOf(one) !== rowsOf(first!));
  if (!other) return;
  throw new DataError(`${where}: ${first!.name} has ${rowsOf(first!)} rows and ${other.name} has ${rowsOf(other)}; expected as many`, {
    op: where,
  });
}

/** `x` and `y` of a data object; unknown names are errors that name the nearest. Nested arrays in x become f32, or `nested`. */
export function dataColumns(where: string, name: string, data: unknown, nested?: DType): { x: Column; y: Column } {
  if (typeof data !== 'object' || data === null || data instanceof NDArray || Array.isArray(data) || ArrayBuffer.isView(data)) {
    throw new DataError(`${where}: ${name} must be an object { x, y }, found ${describe(data)}`, { op: where });
  }
  if (!isPlain(data) && !('x' in data)) {
    throw new DataError(`${where}: ${name} must be columns { x, y } in memory, found ${describe(data)}`, { op: where });
  }
  for (const key of Object.keys(data)) {
    if (key === 'x' || key === 'y') continue;
    throw new OptionError(`${where}: ${name} has an unknown field ${JSON.stringify(key)}${suggestion(key, ['x', 'y'])}`, {
      op: where,
      found: key,
    });
  }
  const prefix = name === 'data' ? '' : `${name}.`;
  const { x, y } = data as Partial<Data>;
  const columns = { x: column(where, `${prefix}x`, x, nested), y: column(where, `${prefix}y`, y) };
  checkRows(where, [columns.x, columns.y]);
  return columns;
}
