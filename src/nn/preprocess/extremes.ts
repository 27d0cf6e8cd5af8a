import { where } from '../../tensor/functional.js';
import { array } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Variable, variable } from '../../tensor/variable.js';

/** Least and greatest number of columns. NaN counts as no number. */
export class Extremes {
  #least: Variable | undefined;
  #greatest: Variable | undefined;

  /** In a trace: takes a block [rows, columns] of f64 in. */
  add(x: Tensor): void {
    const filled = (value: number) => variable(array(new Float64Array(x.shape[1]!).fill(value)));
    this.#least ??= filled(Number.POSITIVE_INFINITY);
    this.#greatest ??= filled(Number.NEGATIVE_INFINITY);
    const there = x.isNaN().not();
    this.#least.assign(where(there, x, Number.POSITIVE_INFINITY).min(0).minimum(this.#least));
    this.#greatest.assign(where(there, x, Number.NEGATIVE_INFINITY).max(0).maximum(this.#greatest));
  }

  /** Infinity and −Infinity for a column without a number. */
  read(): { min: Float64Array; max: Float64Array } {
    const [min, max] = [this.#least, this.#greatest].map((extreme) => extreme!.value.data as Float64Array);
    return { min: min!, max: max! };
  }
}
