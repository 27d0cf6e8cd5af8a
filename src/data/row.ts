/** What a dataset's rows and batches are, when a model reads them. */

import { DataError, describe } from '../errors.js';
import { suggestion } from '../nearest.js';
import type { ArrayInput, NDArray } from '../tensor/ndarray.js';

/** Numbers of one row: a number, a boolean, nested arrays, a typed array or an `NDArray`. */
export type Value = ArrayInput | NDArray;

/** One row. */
export interface Row {
  readonly x: Value;
  readonly y?: Value;
  /** Of its loss, 0 or more. */
  readonly weight?: number;
}

/** Rows along the first axis of everything. */
export interface Batch {
  readonly x: NDArray;
  readonly y?: NDArray;
  /** [rows] */
  readonly weights?: NDArray;
  /** [rows, length]: which positions are no padding. */
  readonly mask?: NDArray;
  /** [rows]: how long each row was before padding. */
  readonly lengths?: NDArray;
}

export const ROW_FIELDS = ['x', 'y', 'weight'] as const;
export const BATCH_FIELDS = ['x', 'y', 'weights', 'mask', 'lengths'] as const;

/** Throws `DataError` unless it is an object with x and no fields but these. */
export function checkFields(what: string, value: unknown, fields: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    const hint = value === undefined ? '; does map() return something?' : '; name the parts with map() or with the option columns';
    throw new DataError(`dataset: ${what} is ${describe(value)}, expected an object { ${fields.slice(0, 2).join(', ')} }${hint}`, {
      op: 'dataset',
    });
  }
  for (const key of Object.keys(value)) {
    if (fields.includes(key)) continue;
    throw new DataError(
      `dataset: ${what} has the field ${JSON.stringify(key)}, expected { ${fields.join(', ')} }${suggestion(key, fields)}; choose fields with map() or with the option columns`,
      { op: 'dataset', found: key },
    );
  }
  const given = value as Readonly<Record<string, unknown>>;
  if (given.x === undefined || given.x === null)
    throw new DataError(`dataset: ${what} has no x, found ${describe(given.x)}`, { op: 'dataset' });
  return given;
}
