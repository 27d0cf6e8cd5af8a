/** Methods as functions: of any operand, under their own names. */

import { describe, expect, it } from 'vitest';
import { array, compile, DTypeError, type Tensor, variable } from '../../src/index.js';
import * as functional from '../../src/tensor/functional.js';

const { exp, isNaN: isNotANumber, and, add, sum, argmax, slice, split, matmul, scatterAdd, oneHot, topK } = functional;
const some = { exp, isNaN: isNotANumber, and, add, sum, argmax, slice, split, matmul, scatterAdd, oneHot, topK };

describe('methods as functions', () => {
  it.each(Object.entries(some))('%s says which function was given no tensor', (name, fn: (...given: never[]) => unknown) => {
    const call = (...given: unknown[]) => fn(...(given as never[]));
    const traced = () => compile(() => call('text') as Tensor).sync();
    expect(traced).toThrow(DTypeError);
    expect(traced).toThrow(`${name}: expected a tensor, a variable, an NDArray or a number, found string`);
    expect(() => call(1, 2)).toThrow(`${name}() can only be used inside a function that is traced`);
  });

  it('take numbers, arrays and variables, and what the method takes', () => {
    const w = variable([[1, 2]]);
    const f = compile(() => ({
      number: functional.exp(0),
      array: functional.sum(
        array([
          [1, 2],
          [3, 4],
        ]),
        1,
        { keepDims: true },
      ),
      variable: functional.matmul(w, array([[1], [10]])),
    }));
    const { number, array: sums, variable: product } = f.sync();
    expect([number.toArray(), sums.toArray(), product.toArray()]).toEqual([1, [[3], [7]], [[21]]]);
  });
});
