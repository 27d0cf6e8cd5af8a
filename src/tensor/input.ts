/** What `array` takes, as one typed array of a known dtype. */

import { DataError, DTypeError, describe, formatShape } from '../errors.js';
import type { DType, TypedArray } from '../native/binding.js';
import { ARRAYS } from './dtype.js';

type Narrow = Int8Array | Int16Array | Uint16Array | Uint32Array | Uint8ClampedArray;
type Row = readonly number[] | readonly boolean[] | TypedArray | Narrow;
type Rows = Row | readonly Rows[];

/** A number, a boolean, nested arrays of them (rows may be typed arrays), or a typed array. */
export type ArrayInput = number | boolean | Rows;

export interface Elements {
  readonly data: TypedArray;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Whether nobody else has `data`. */
  readonly fresh: boolean;
}

const OWN = new Map<unknown, DType>([
  [Float32Array, 'f32'],
  [Float64Array, 'f64'],
  [Int32Array, 'i32'],
  [Uint8Array, 'u8'],
  [Uint8ClampedArray, 'u8'],
  [Int8Array, 'i32'],
  [Int16Array, 'i32'],
  [Uint16Array, 'i32'],
  [Uint32Array, 'i32'],
]);

const KINDS = [...OWN.keys()] as (typeof Float32Array)[];

const RANGES = { i32: [-(2 ** 31), 2 ** 31 - 1], u8: [0, 255], bool: [0, 1] } as const;

export function readInput(data: unknown, dtype: DType | undefined): Elements {
  if (ArrayBuffer.isView(data)) return readTyped(data, dtype);
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) {
    throw new DTypeError(`array: ${describe(data)} has no dtype: wrap it, for example new Float32Array(buffer)`, { op: 'array' });
  }
  return readNested(data, dtype);
}

/** Also of what extends one, as `Buffer` does. */
function kindOf(view: ArrayBufferView): unknown {
  return KINDS.find((type) => view instanceof type);
}

function readTyped(view: ArrayBufferView, dtype: DType | undefined): Elements {
  const kind = kindOf(view);
  if (kind === undefined) {
    const whole = view instanceof BigInt64Array || view instanceof BigUint64Array;
    const remedy = whole
      ? '64-bit integers do not fit a dtype: convert them, Float64Array.from(data, Number)'
      : 'use a Float32Array, Float64Array, Int32Array or Uint8Array';
    throw new DTypeError(`array: ${describe(view)} is not supported; ${remedy}`, { op: 'array', found: describe(view) });
  }
  const source = view as TypedArray;
  const natural = OWN.get(kind)!;
  const wanted = dtype ?? natural;
  const shape = [source.length];
  const Target = ARRAYS[wanted];
  if (source instanceof Target && (wanted !== 'bool' || source.every((x) => x <= 1)))
    return { data: source, dtype: wanted, shape, fresh: false };
  // Views of the same bytes need no copy.
  if (kind === Uint8ClampedArray && wanted === 'u8')
    return { data: new Uint8Array(source.buffer, source.byteOffset, source.length), dtype: 'u8', shape, fresh: false };
  const fault = source.findIndex((x) => !fits(x, wanted));
  if (fault >= 0) throw outOfRange(source[fault]!, wanted, [fault]);
  return { data: Target.from(source), dtype: wanted, shape, fresh: true };
}

function fits(value: number, dtype: DType): boolean {
  if (dtype === 'f32' || dtype === 'f64') return true;
  const [low, high] = RANGES[dtype];
  return Number.isInteger(value) && value >= low && value <= high;
}

function outOfRange(value: number, dtype: DType, position: readonly number[]): DataError {
  const [low, high] = RANGES[dtype as keyof typeof RANGES];
  return new DataError(`array: ${value} at ${formatShape(position)} is not a whole number from ${low} to ${high}, as ${dtype} needs`, {
    op: 'array',
    row: position[0],
  });
}

/** Nobody has so many axes: an array that holds itself has. */
const DEEPEST = 64;

/** The lengths along the first of everything; deeper entries must agree with it. */
function shapeOf(data: unknown): number[] {
  const shape: number[] = [];
  for (let at = data; isList(at); at = at[0]) {
    shape.push(at.length);
    if (shape.length > DEEPEST) {
      throw new DataError(`array: the nesting is deeper than ${DEEPEST}: does the array hold itself?`, { op: 'array' });
    }
  }
  return shape;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && kindOf(value) !== undefined);
}

function readNested(data: unknown, given: DType | undefined): Elements {
  const shape = shapeOf(data);
  const kind = typeof firstLeaf(data);
  const dtype = given ?? (kind === 'boolean' ? 'bool' : 'f32');
  const values = new ARRAYS[dtype](shape.reduce((product, d) => product * d, 1));
  let next = 0;
  const position: number[] = [];
  const visit = (value: unknown, axis: number): void => {
    if (axis === shape.length) {
      values[next++] = leaf(value, dtype, kind, position, shape);
      return;
    }
    if (!isList(value)) throw ragged(position, shape, describe(value));
    if (value.length !== shape[axis]) throw ragged(position, shape, entries(value.length));
    if (axis === shape.length - 1 && kind === 'number' && copyRow(value, values, next)) {
      next += value.length;
      return;
    }
    for (let i = 0; i < value.length; i++) {
      position[axis] = i;
      visit(value[i], axis + 1);
    }
    position.length = axis;
  };
  visit(data, 0);
  return { data: values, dtype, shape, fresh: true };
}

/** What most rows are: numbers that need no test of their range. False if there is something else, or `values` needs one. */
export function copyRow(row: ArrayLike<unknown>, values: TypedArray, at: number): boolean {
  if (!(values instanceof Float32Array || values instanceof Float64Array)) return false;
  if (ArrayBuffer.isView(row)) {
    values.set(row as unknown as TypedArray, at);
    return true;
  }
  for (let i = 0; i < row.length; i++) {
    const number = row[i];
    if (typeof number !== 'number') return false;
    values[at + i] = number;
  }
  return true;
}

function firstLeaf(data: unknown): unknown {
  let at = data;
  while (isList(at) && at.length > 0) at = at[0];
  return at;
}

function leaf(value: unknown, dtype: DType, kind: string, position: readonly number[], shape: readonly number[]): number {
  if (isList(value)) throw ragged(position, shape, entries(value.length));
  if (typeof value !== kind || (typeof value !== 'number' && typeof value !== 'boolean')) throw notANumber(value, kind, position);
  const number = Number(value);
  if (!fits(number, dtype)) throw outOfRange(number, dtype, position);
  return number;
}

const entries = (count: number): string => (count === 1 ? '1 entry' : `${count} entries`);

function ragged(position: readonly number[], shape: readonly number[], found: string): DataError {
  const depth = position.length;
  const expected = depth < shape.length ? entries(shape[depth]!) : 'a number';
  const where = depth === 0 ? 'the array' : depth === 1 ? `row ${position[0]}` : `entry ${formatShape(position)}`;
  return new DataError(`array: the nesting is ragged: ${where} is ${found}, expected ${expected} as in the first`, {
    op: 'array',
    row: position[0],
    expected,
    found,
  });
}

function notANumber(value: unknown, kind: string, position: readonly number[]): DataError {
  const where = position.length === 0 ? '' : ` at ${formatShape(position)}`;
  const expected = kind === 'boolean' ? 'a boolean' : 'a number';
  const hint = typeof value === 'bigint' ? '; convert it with Number(…)' : typeof value === 'string' ? '; parse it first' : '';
  return new DataError(`array: expected ${expected}${where}, found ${describe(value)}${hint}`, {
    op: 'array',
    row: position[0],
    expected,
    found: describe(value),
  });
}
