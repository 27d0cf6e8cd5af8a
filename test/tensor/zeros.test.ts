/** Variables that begin as zeros, whatever was in their memory before. */

import { expect, it } from 'vitest';
import { addon } from '../../src/native/addon.js';
import { Variable } from '../../src/tensor/variable.js';

/** A cache line, some pages, and enough for memory of the system's own; and nothing at all. */
const sizes = [0, 1, 1000, 100_000, 2 ** 20, 2 ** 20 + 3];

it.each(sizes)('are zeros of %d elements, also where others have written before', (size) => {
  for (let round = 0; round < 4; round++) {
    const dirty = addon.array(new Float32Array(size).fill(round + 1), 'f32', [size]);
    dirty.release();
    const values = new Variable({ shape: [size], name: 'zeros' }).value.data as Float32Array;
    expect(values.length).toBe(size);
    expect(values.findIndex((value) => value !== 0)).toBe(-1);
  }
});

it('are memory of their own', () => {
  const [first, second] = [0, 1].map(() => addon.variable('f64', [2 ** 19]));
  first!.write(addon.array(new Float64Array(2 ** 19).fill(3), 'f64', [2 ** 19]));
  expect((second!.read().read() as Float64Array).every((value) => value === 0)).toBe(true);
  expect((first!.read().read() as Float64Array).every((value) => value === 3)).toBe(true);
});

it('are of a type', () => {
  const bad = addon.variable as unknown as (dtype: unknown, shape: unknown) => unknown;
  expect(() => bad('f31', [1])).toThrow();
  expect(() => bad('f32', [-1])).toThrow();
});
