/** Reads the fixtures that scripts/golden wrote. */

import { readFileSync } from 'node:fs';
import { array, type NDArray } from '../../src/tensor/ndarray.js';

export type Values = readonly (number | string)[];

export interface Stored {
  readonly shape: readonly number[];
  readonly data: Values;
}

export function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8')) as T;
}

/** NaN and the infinities stand as strings. */
export const numbers = (data: Values): number[] => data.map(Number);

export function stored({ shape, data }: Stored, dtype: 'f32' | 'f64' | 'i32' = 'f64'): NDArray {
  return array(Float64Array.from(numbers(data)), { shape, dtype });
}

/** Greatest distance of two lists, relative to the magnitude of the expected one at that place, at least `floor`. */
export function distance(actual: ArrayLike<number>, expected: readonly number[], floor = 1): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((worst, e, i) => {
    const a = actual[i]!;
    const error = Object.is(a, e) || a === e ? 0 : Math.abs(a - e) / Math.max(Math.abs(e), floor);
    return Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }, 0);
}
