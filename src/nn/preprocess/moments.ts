/** Mean and variance of columns: Chan, Golub and LeVeque 1983, over numbers shifted by the first that came. */

import { where } from '../../tensor/functional.js';
import { array } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Variable, variable } from '../../tensor/variable.js';

/** Sums over rows that came so far, one entry a column. NaN counts as no number. */
export class Moments {
  #count: Variable | undefined;
  #pivot: Variable | undefined;
  #mean: Variable | undefined;
  #squares: Variable | undefined;

  /** In a trace: takes a block [rows, columns] of f64 in. */
  add(x: Tensor): void {
    const zeros = (name: string) => variable(array(new Float64Array(x.shape[1]!)), { name });
    this.#count ??= zeros('count');
    this.#pivot ??= zeros('pivot');
    this.#mean ??= zeros('mean');
    this.#squares ??= zeros('squares');
    const [before, meanBefore] = [this.#count.read(), this.#mean.read()];
    const there = x.isNaN().not();
    const rows = there.cast('f64').sum(0);
    const least = where(there, x, Number.POSITIVE_INFINITY).min(0);
    const pivot = where(before.greater(0), this.#pivot, where(rows.greater(0), least, 0));
    const shifted = where(there, x.sub(pivot), 0);
    const mean = shifted.sum(0).div(rows.maximum(1));
    const squares = where(there, shifted.sub(mean), 0).square().sum(0);
    const count = before.add(rows);
    const share = rows.div(count.maximum(1));
    const apart = mean.sub(meanBefore);
    this.#count.assign(count);
    this.#pivot.assign(pivot);
    this.#mean.assign(meanBefore.add(apart.mul(share)));
    this.#squares.assign(this.#squares.read().add(squares).add(apart.square().mul(before).mul(share)));
  }

  /** Of each column: how many numbers, their mean, their population variance. */
  read(): { count: Float64Array; mean: Float64Array; variance: Float64Array } {
    const [count, pivot, shifted, squares] = [this.#count, this.#pivot, this.#mean, this.#squares].map(
      (sum) => sum!.value.data as Float64Array,
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    return {
      count,
      mean: shifted.map((value, i) => pivot[i]! + value),
      variance: squares.map((value, i) => value / count[i]!),
    };
  }
}
