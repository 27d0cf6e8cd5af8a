/** Rows that carry a key: a class, a group. */

import { DataError, DTypeError, describe, OptionError, ShapeError } from '../../errors.js';
import { NDArray } from '../../tensor/ndarray.js';

/** One key a row. */
export type Keys = NDArray | ArrayLike<number | string>;

export interface Numbered {
  /** The distinct keys, in the order of their first rows. */
  readonly keys: readonly (number | string)[];
  /** Of each row, the position of its key in `keys`. */
  readonly of: Int32Array;
  /** How many rows have each key. */
  readonly counts: Int32Array;
}

/** Rows by key. Throws errors that name the row of a key that is none. */
export function numberKeys(where: string, name: string, given: Keys): Numbered {
  const list = listOf(where, name, given);
  const positions = new Map<number | string, number>();
  const of = new Int32Array(list.length);
  for (let row = 0; row < list.length; row++) {
    const key = list[row]!;
    if (typeof key !== 'string' && !Number.isFinite(key)) {
      throw new DataError(`${where}: ${name} must hold finite numbers or strings, found ${describe(key)} in row ${row}`, {
        op: where,
        row,
      });
    }
    if (!positions.has(key)) positions.set(key, positions.size);
    of[row] = positions.get(key)!;
  }
  const counts = new Int32Array(positions.size);
  for (const position of of) counts[position]!++;
  return { keys: [...positions.keys()], of, counts };
}

function listOf(where: string, name: string, given: Keys): ArrayLike<number | string> {
  if (given instanceof NDArray) {
    if (given.rank === 1 || (given.rank === 2 && given.shape[1] === 1)) return given.data;
    throw new ShapeError(`${where}: ${name} must hold one number a row, found shape [${given.shape.join(', ')}]`, { op: where });
  }
  if (Array.isArray(given)) return given;
  if (given instanceof BigInt64Array || given instanceof BigUint64Array || given instanceof DataView) {
    throw new DTypeError(`${where}: ${name} is ${describe(given)}; convert it to numbers first`, { op: where });
  }
  if (ArrayBuffer.isView(given)) return given as unknown as ArrayLike<number>;
  throw new OptionError(`${where}: ${name} must be an array of one number or string a row, found ${describe(given)}`, { op: where });
}
