/** One field of a batch while its rows arrive. */

import { DataError, describe, formatShape, SlalomError } from '../errors.js';
import { type ArrayInput, array, copyRow, NDArray } from '../tensor/ndarray.js';

type Numbers = NDArray['data'];

/** Rows of equal shape, one after the other in one typed array. The first row says what the others must be. */
export class Stack {
  private data: Numbers | undefined;
  private shape: readonly number[] = [];
  private dtype: NDArray['dtype'] = 'f32';
  private width = 0;
  private rows = 0;

  /** `name`: of the field, for errors; `capacity`: rows, at most. */
  constructor(
    private readonly name: string,
    private readonly capacity: number,
  ) {}

  /** Throws `DataError` that names the row, counted in its epoch. */
  add(value: unknown, row: number): void {
    if (!this.data) this.begin(value, row);
    else if (!this.fast(value, row)) this.copy(value, row);
    this.rows++;
  }

  finish(): NDArray {
    const { dtype, shape, rows, width } = this;
    return array(this.data!.subarray(0, rows * width), { dtype, shape: [rows, ...shape] });
  }

  private begin(value: unknown, row: number): void {
    const first = toArray(this.name, value, row);
    this.shape = first.shape;
    this.dtype = first.dtype;
    this.width = first.size;
    const Elements = first.data.constructor as new (size: number) => Numbers;
    this.data = new Elements(this.capacity * this.width);
    this.data.set(first.data);
  }

  /** What most rows are; false if it is something else. */
  private fast(value: unknown, row: number): boolean {
    const data = this.data!;
    const at = this.rows * this.width;
    const floats = this.dtype === 'f32' || this.dtype === 'f64';
    if (typeof value === 'number' && this.shape.length === 0 && floats) {
      data[at] = value;
      return true;
    }
    if (this.shape.length !== 1) return false;
    if (Array.isArray(value) && floats) {
      if (value.length !== this.width) throw this.ragged([value.length], row);
      return copyRow(value, data, at);
    }
    if (this.dtype === 'bool' || !(value instanceof (data.constructor as typeof Float32Array))) return false;
    if (value.length !== this.width) throw this.ragged([value.length], row);
    data.set(value, at);
    return true;
  }

  private copy(value: unknown, row: number): void {
    const { shape, dtype } = this;
    const given = toArray(this.name, value, row, dtype);
    if (given.shape.length !== shape.length || given.shape.some((d, i) => d !== shape[i])) throw this.ragged(given.shape, row);
    this.data!.set(given.data, this.rows * this.width);
  }

  private ragged(found: readonly number[], row: number): DataError {
    const print = (shape: readonly number[]) =>
      shape.length === 0 ? 'a single number' : shape.length === 1 ? `${shape[0]} numbers` : `the shape ${formatShape(shape)}`;
    return new DataError(
      `dataset: ${this.name} of row ${row} has ${print(found)}, expected ${print(this.shape)} as in the first row of its batch; sequences of several lengths need paddedBatch()`,
      { op: 'dataset', row, expected: formatShape(this.shape), found: formatShape(found) },
    );
  }
}

/** The numbers of one row. Throws `DataError` that names it. */
export function toArray(name: string, value: unknown, row: number, dtype?: NDArray['dtype']): NDArray {
  if (value === null || value === undefined)
    throw notNumbers(name, value, row, 'leave such rows out with filter() or fill them in with map()');
  if (typeof value === 'string') throw notNumbers(name, value, row, 'turn text into numbers with map()');
  if (typeof value === 'bigint') throw notNumbers(name, value, row, 'convert it with Number(…) in map()');
  try {
    return value instanceof NDArray ? (dtype ? value.cast(dtype) : value) : array(value as ArrayInput, dtype ? { dtype } : {});
  } catch (cause) {
    if (!(cause instanceof SlalomError)) throw cause;
    const inside = cause.message.replace(/^array: /, '');
    throw new DataError(`dataset: ${name} of row ${row}: ${inside}`, { op: 'dataset', row, cause });
  }
}

function notNumbers(name: string, value: unknown, row: number, remedy: string): DataError {
  return new DataError(`dataset: ${name} of row ${row} is ${describe(value)}, expected numbers; ${remedy}`, {
    op: 'dataset',
    row,
    found: describe(value),
  });
}
