import type { NativeArray, NativeFunction } from '../native/binding.js';
import { converted } from '../native/errors.js';
import { ARRAYS, type ArrayType, sizeOf, type TypedArray } from './dtype.js';
import { NDArray } from './ndarray.js';

const IN_HEAP = 64; // bytes

/**
 * Calls of a program from this thread, whose arguments and results stay outside the core where they may. V8 has typed
 * arrays of up to 64 bytes in its own heap, until somebody asks where they lie, as the core must: that costs more than
 * a small program. So few numbers are copied to and from typed arrays that stay.
 */
export class Places {
  readonly #sources: readonly (TypedArray | undefined)[];
  readonly #targets: readonly (TypedArray | undefined)[];

  constructor(
    parameters: readonly ArrayType[],
    private readonly results: readonly ArrayType[],
  ) {
    this.#sources = parameters.map(stays);
    this.#targets = results.map(stays);
  }

  /** Runs a function of the program with arrays of its types. */
  call(run: NativeFunction, values: readonly NDArray[]): NDArray[] {
    const operands = values.map((value, i) => readable(value, this.#sources[i]));
    const targets = this.results.map((type, i) => this.#targets[i] ?? made(type));
    converted(() => run.callInto(...operands, ...targets));
    return targets.map((target, i) => {
      const { dtype, shape } = this.results[i]!;
      return new NDArray({ dtype, shape, values: this.#targets[i] ? target.slice() : target });
    });
  }
}

/** What a call may read until the next one. */
function readable(value: NDArray, place: TypedArray | undefined): NativeArray | TypedArray {
  const { outside } = value;
  if (outside === undefined || place === undefined) return outside ?? value.native;
  place.set(outside);
  return place;
}

const made = ({ dtype, shape }: ArrayType): TypedArray => new ARRAYS[dtype](sizeOf(shape));

function stays(type: ArrayType): TypedArray | undefined {
  return sizeOf(type.shape) * ARRAYS[type.dtype].BYTES_PER_ELEMENT <= IN_HEAP ? made(type) : undefined;
}
