/** Element types. */

import type { DType, TypedArray } from '../native/binding.js';

export type { DType, TypedArray };

export const DTYPES: readonly DType[] = ['f32', 'f64', 'i32', 'bool', 'u8'];

export const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f64';

/** The typed array that holds a dtype; bool is 0 and 1 in a Uint8Array. */
export const ARRAYS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array, u8: Uint8Array } as const;

/** What an array holds, and how many along each axis. */
export interface ArrayType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** Number of elements. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((d, i) => d === b[i]);
