/** Tables of columns by name, known by their shape alone: Arrow tables and record batches, objects of typed arrays. */

import { DataError, describe, OptionError } from '../errors.js';
import { suggestion } from '../nearest.js';

/** What an Arrow `Table` or `RecordBatch` has. */
interface ArrowLike {
  readonly numRows: number;
  readonly schema?: { readonly fields?: readonly { readonly name: string }[] };
  getChild(name: string): { readonly nullCount?: number; get(row: number): unknown; toArray?(): unknown } | null;
}

/** Columns by name. */
export interface Frame {
  readonly rows: number;
  readonly names: readonly string[];
  /** Reads one column; throws `DataError` for columns that are not there or hold what cannot be numbers. */
  column(name: string | number): (row: number) => unknown;
}

const isArrowLike = (value: unknown): value is ArrowLike =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as ArrowLike).getChild === 'function' &&
  Number.isInteger((value as ArrowLike).numRows);

/** A frame, if that is what the value is. */
export function frameOf(value: unknown): Frame | undefined {
  return isArrowLike(value) ? arrowFrame(value) : undefined;
}

function arrowFrame(table: ArrowLike): Frame {
  const names = table.schema?.fields?.map(({ name }) => name) ?? [];
  return {
    rows: table.numRows,
    names,
    column(name) {
      const vector = table.getChild(String(name));
      if (!vector)
        throw new DataError(`dataset: the table has no column ${JSON.stringify(name)}${suggestion(String(name), names)}`, {
          op: 'dataset',
        });
      const values = (vector.nullCount ?? 0) === 0 ? vector.toArray?.() : undefined;
      if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
        throw new DataError(
          `dataset: the column ${JSON.stringify(name)} holds 64-bit integers, which no dtype can hold; cast it to Float64 or Int32`,
          { op: 'dataset' },
        );
      }
      return ArrayBuffer.isView(values) ? (row) => (values as Float64Array)[row] : (row) => vector.get(row);
    },
  };
}

/** An object whose named columns are arrays of equal length. */
export function recordFrame(columns: Readonly<Record<string, unknown>>): Frame {
  const names = Object.keys(columns);
  let rows = -1;
  for (const name of names) {
    const values = columns[name];
    if (!Array.isArray(values) && !(ArrayBuffer.isView(values) && !(values instanceof DataView))) {
      throw new OptionError(`dataset: the column ${JSON.stringify(name)} is ${describe(values)}, expected an array or a typed array`, {
        op: 'dataset',
      });
    }
    const { length } = values as ArrayLike<unknown>;
    if (rows >= 0 && length !== rows) {
      throw new DataError(`dataset: the column ${JSON.stringify(name)} has ${length} rows, ${JSON.stringify(names[0])} has ${rows}`, {
        op: 'dataset',
      });
    }
    rows = length;
  }
  return {
    rows: Math.max(rows, 0),
    names,
    column(name) {
      const values = Object.hasOwn(columns, name) ? (columns[name] as ArrayLike<unknown>) : undefined;
      if (!values)
        throw new DataError(`dataset: there is no column ${JSON.stringify(name)}${suggestion(String(name), names)}`, { op: 'dataset' });
      return (row) => values[row];
    },
  };
}
