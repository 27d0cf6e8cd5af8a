import type { NativeArray, TypedArray } from '../native/binding.js';
import { ARRAYS, type ArrayType, sizeOf } from '../tensor/dtype.js';
import type { NDArray } from '../tensor/ndarray.js';

const IN_HEAP = 64; // bytes

/**
 * Where calls of a program read and write. V8 has typed arrays of up to 64 bytes in its own heap, until somebody asks
 * where they lie, as the core must: that costs more than a small program. So few numbers are copied to and from typed
 * arrays that stay.
 */
export class Places {
  readonly #source: TypedArray | undefined;
  readonly #target: TypedArray | undefined;
  readonly #result: ArrayType;

  constructor(argument: ArrayType, result: ArrayType) {
    this.#source = stays(argument);
    this.#target = stays(result);
    this.#result = result;
  }

  /** What a call may read until the next one. */
  source(values: NDArray): NativeArray | TypedArray {
    const { outside } = values;
    if (outside === undefined) return values.native;
    if (this.#source === undefined) return outside;
    this.#source.set(outside);
    return this.#source;
  }

  /** What a call writes into the array that it is given. */
  result(call: (target: TypedArray) => void): TypedArray {
    const target = this.#target ?? made(this.#result);
    call(target);
    return this.#target ? target.slice() : target;
  }
}

const made = ({ dtype, shape }: ArrayType): TypedArray => new ARRAYS[dtype](sizeOf(shape));

function stays(type: ArrayType): TypedArray | undefined {
  return sizeOf(type.shape) * ARRAYS[type.dtype].BYTES_PER_ELEMENT <= IN_HEAP ? made(type) : undefined;
}
