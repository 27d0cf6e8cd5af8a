/** Concrete values: what goes into programs and comes out. */

import { formatShape, OptionError, ShapeError, StateError } from '../errors.js';
import { addon } from '../native/addon.js';
import type { DType, NativeArray, TypedArray } from '../native/binding.js';
import { converted } from '../native/errors.js';
import { checkArgument, checkOptions, integer, listOf, oneOf, optional, type Rules, shape as shapeRule, withDefault } from '../options.js';
import { ARRAYS, type ArrayType, DTYPES, sizeOf } from './dtype.js';
import { type ArrayInput, copyRow, readInput } from './input.js';
import { printArray } from './print.js';

export { type ArrayInput, copyRow };

export interface ArrayOptions {
  /** Default: that of the nesting; of a typed array, its length. */
  readonly shape?: readonly number[];
  /** Default: f32 for numbers, bool for booleans; of a typed array, its own. */
  readonly dtype?: DType;
}

/** Numbers, nested as deep as the array has axes. */
export type Nested = number | boolean | Nested[];

const MOST_OUTSIDE = 16 * 1024; // bytes
const MOST_AXES = 8; // of the core

const arrayRules = { shape: optional(shapeRule()), dtype: optional(oneOf(...DTYPES)) } satisfies Rules<ArrayOptions>;

/** Elements that nobody else has; the shape is frozen. */
interface Values extends ArrayType {
  readonly values: TypedArray;
}

/**
 * A dense tensor of numbers, row-major, in memory of the core (or in a SharedArrayBuffer); small ones
 * not before the core needs them. Cannot be changed; nothing needs to be freed.
 */
export class NDArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** @internal Whether its elements stay what they are: nobody can write to memory of the core. */
  readonly fixed: boolean;
  #native: NativeArray | undefined;
  #values: TypedArray | undefined;
  #data: TypedArray | undefined;

  /** @internal Made by `array`, `empty` and programs. */
  constructor(source: NativeArray | Values, shared?: TypedArray, fixed = shared === undefined) {
    this.dtype = source.dtype;
    this.fixed = fixed;
    if ('values' in source) {
      this.shape = source.shape;
      this.#values = source.values;
    } else {
      this.shape = Object.freeze([...source.shape]);
      this.#native = source;
    }
    this.#data = shared;
  }

  /** @internal In memory of the core, made when it is first asked for. */
  get native(): NativeArray {
    this.#native ??= addon.array(this.#values!, this.dtype, this.shape);
    return this.#native;
  }

  /** @internal Its elements while they are not in memory of the core: to be read only. */
  get outside(): TypedArray | undefined {
    return this.#native === undefined ? this.#values : undefined;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /**
   * The elements in row-major order; bool as 0 and 1. A copy, made once: changing it changes
   * nothing else. Over a SharedArrayBuffer it is the memory itself.
   */
  get data(): TypedArray {
    this.#data ??= this.#values?.slice() ?? this.native.read();
    return this.#data;
  }

  /** Nested arrays of numbers (bool: of booleans); a scalar gives a number. */
  toArray(): Nested {
    const { data, shape, dtype } = this;
    const nest = (axis: number, at: number, span: number): Nested => {
      if (axis === shape.length) return dtype === 'bool' ? data[at] !== 0 : data[at]!;
      const step = span / shape[axis]!;
      return Array.from({ length: shape[axis]! }, (_, i) => nest(axis + 1, at + i * step, step));
    };
    return nest(0, 0, this.size);
  }

  /** The only element as a number. Throws `ShapeError` if there are more. */
  item(): number {
    if (this.size !== 1) throw new ShapeError(`item() needs an array of one element, found ${formatShape(this.shape)}`, { op: 'item' });
    return this.data[0]!;
  }

  /** Entries `begin` to `end` (not included) of the first axis, sharing memory. Negative positions count from the end. */
  slice(begin = 0, end?: number): NDArray {
    if (this.rank === 0) throw new ShapeError('slice: a scalar has no rows', { op: 'slice' });
    const rows = this.shape[0]!;
    const place = (given: number, name: string) => {
      const at = checkArgument('slice', name, given, integer());
      return Math.min(Math.max(at < 0 ? at + rows : at, 0), rows);
    };
    const from = place(begin, 'begin');
    const part = converted(() => this.native.slice(from, Math.max(from, place(end ?? rows, 'end'))));
    return new NDArray(part, undefined, this.fixed);
  }

  /** The same elements under another shape, sharing memory; one dimension may be −1. */
  reshape(shape: readonly number[]): NDArray {
    checkArgument('reshape', 'shape', shape, listOf(integer(-1)));
    const rest = -sizeOf(shape);
    const filled = shape.filter((d) => d === -1).length === 1 && rest > 0 ? shape.map((d) => (d === -1 ? this.size / rest : d)) : shape;
    if (filled.some((d) => !(Number.isInteger(d) && d >= 0)) || sizeOf(filled) !== this.size) {
      throw new ShapeError(`cannot reshape ${formatShape(this.shape)} with ${this.size} elements to ${formatShape(shape)}`, {
        op: 'reshape',
      });
    }
    const same = converted(() => this.native.reshape(filled));
    return new NDArray(same, undefined, this.fixed);
  }

  /** Another dtype. To i32 and u8 out-of-range numbers saturate and NaN becomes 0. */
  cast(dtype: DType): NDArray {
    checkArgument('cast', 'dtype', dtype, oneOf(...DTYPES));
    return dtype === this.dtype ? this : new NDArray(converted(() => this.native.cast(dtype)));
  }

  /** As NumPy prints it: rows in brackets, the middle of long axes left out. */
  toString(): string {
    return printArray(this);
  }

  toJSON(): Nested {
    return this.toArray();
  }

  [Symbol.toPrimitive](hint: string): number | string {
    if (hint === 'string') return this.toString();
    if (this.size === 1) return this.item();
    throw new StateError(`an NDArray of shape ${formatShape(this.shape)} is not a number: use .data, .toArray() or .item()`);
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const text = this.toString();
    return `NDArray ${this.dtype}${formatShape(this.shape)}${text.includes('\n') ? '\n' : ' '}${text}`;
  }
}

/**
 * An `NDArray` from a number, a boolean, nested arrays or a typed array. It is copied before this
 * returns; only a typed array over a SharedArrayBuffer is held and read in place.
 *
 *     array([[1, 2], [3, 4]])                       // f32[2, 2]
 *     array(new Float64Array(6), { shape: [2, 3] }) // f64[2, 3]
 *
 * Dtypes of typed arrays: Float32Array f32, Float64Array f64, Int32Array i32, Uint8Array and
 * Uint8ClampedArray u8; Int8Array, Int16Array, Uint16Array and Uint32Array become i32 if all
 * elements fit. 64-bit integers are refused. With `dtype`, whole numbers that do not fit it are
 * an error, never cut.
 *
 * Throws `DataError` for ragged nesting (naming the row), holes and elements that are not
 * numbers, `ShapeError` if `shape` does not hold all elements, `DTypeError` for other arrays.
 */
export function array(data: ArrayInput | NDArray, options?: ArrayOptions): NDArray {
  const { shape, dtype } = checkOptions('array', options, arrayRules);
  if (data instanceof NDArray) {
    const same = dtype === undefined ? data : data.cast(dtype);
    return shape === undefined ? same : same.reshape(shape);
  }
  const input = readInput(data, dtype);
  const wanted = shape ?? input.shape;
  if (sizeOf(wanted) !== input.data.length) {
    const hint = input.data.length === 0 ? ': it is empty, or its buffer was transferred' : '';
    throw new ShapeError(`array: shape ${formatShape(wanted)} holds ${sizeOf(wanted)} elements, found ${input.data.length}${hint}`, {
      op: 'array',
      expected: `${sizeOf(wanted)} elements`,
      found: `${input.data.length} elements`,
    });
  }
  const type = { dtype: input.dtype, shape: Object.freeze([...wanted]) };
  if (isSmall(type) && wanted.length <= MOST_AXES && input.data.length > 0 && (input.fresh || !isShared(input.data))) {
    return new NDArray({ ...type, values: input.fresh ? input.data : input.data.slice() });
  }
  const native = converted(() => addon.array(input.data, input.dtype, wanted));
  return new NDArray(native, isShared(input.data) ? input.data : undefined);
}

/**
 * Zeros over a SharedArrayBuffer, to be filled through `data` and read in place: no copy between
 * the two worlds, and worker threads can fill it too. Do not write while a program reads it.
 */
export function empty(shape: readonly number[], dtype: DType = 'f32'): NDArray {
  checkArgument('empty', 'shape', shape, shapeRule());
  checkArgument('empty', 'dtype', dtype, withDefault(oneOf(...DTYPES), 'f32'));
  const Elements: { new (buffer: SharedArrayBuffer): TypedArray; readonly BYTES_PER_ELEMENT: number } = ARRAYS[dtype];
  const data = new Elements(sharedMemory(shape, sizeOf(shape) * Elements.BYTES_PER_ELEMENT));
  return new NDArray(
    converted(() => addon.array(data, dtype, shape)),
    data,
  );
}

function sharedMemory(shape: readonly number[], bytes: number): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(bytes);
  } catch (cause) {
    throw new OptionError(`empty: there is no memory for shape ${formatShape(shape)}, ${bytes} bytes`, { op: 'empty', cause });
  }
}

/**
 * Whether an array stays outside the core until somebody asks for it there: V8 must watch what is inside, which takes
 * longer than a prediction from a few rows.
 */
export function isSmall({ dtype, shape }: ArrayType): boolean {
  return sizeOf(shape) * ARRAYS[dtype].BYTES_PER_ELEMENT <= MOST_OUTSIDE;
}

function isShared(data: TypedArray): boolean {
  return data.buffer instanceof SharedArrayBuffer;
}
