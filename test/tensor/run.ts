/** Runs a function of tensors on values, for tests. */

import { expect } from 'vitest';
import { SlalomError } from '../../src/errors.js';
import { type CompiledOptions, compile } from '../../src/tensor/compile.js';
import { grad } from '../../src/tensor/grad.js';
import { array, type NDArray, type Nested } from '../../src/tensor/ndarray.js';
import type { Operand, Tensor } from '../../src/tensor/tensor.js';

export const f64 = (data: number | readonly unknown[]): NDArray => array(data as number[], { dtype: 'f64' });
export const i32 = (data: number | readonly unknown[]): NDArray => array(data as number[], { dtype: 'i32' });

/** The result, as nested arrays. */
export function run(fn: (...inputs: Tensor[]) => Operand, inputs: readonly NDArray[] = [], options?: CompiledOptions): Nested {
  const compiled = compile((tensors: Tensor[]) => fn(...tensors) as Tensor, options);
  return compiled.sync([...inputs]).toArray();
}

/** Type of the result. */
export function typeOf(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly NDArray[] = []): string {
  let type = '';
  run((...tensors) => {
    const result = fn(...tensors);
    type = `${result.dtype}[${result.shape}]`;
    return result;
  }, inputs);
  return type;
}

/** Gradient of the sum of the result with respect to the first input. */
export function gradientOf(fn: (...inputs: Tensor[]) => Tensor, inputs: readonly NDArray[]): Nested {
  return run((...tensors) => grad(fn(...tensors).sum(), tensors[0]!), inputs);
}

/** The error that a call throws; it must be one of ours, with a stack of this test's frames only. */
export function errorOf(call: () => unknown): SlalomError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(SlalomError);
    return error as SlalomError;
  }
  throw new Error('expected an error');
}
