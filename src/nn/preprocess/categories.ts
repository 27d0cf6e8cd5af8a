/** The different numbers of columns. */

import { where } from '../../tensor/functional.js';
import type { NDArray } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { beginsRun } from './ordered.js';

/** The number that stands for x in comparisons: whole ones as they are, others as f32, so that a category is found in both dtypes. */
export function canonical(x: Tensor): Tensor {
  return x.dtype === 'f64' ? where(x.floor().equal(x), x, x.cast('f32').cast('f64')) : x;
}

/** `canonical` of one number. */
export const canonicalNumber = (value: number): number => (Number.isInteger(value) ? value : Math.fround(value));

/** Gathers what occurs in each column, up to a limit. */
export class Categories {
  #columns: Set<number>[] | undefined;

  /** In a trace: what `keep` needs of a block [rows, columns]. */
  add(x: Tensor): Tensor[] {
    const { values } = canonical(x).transpose().sort();
    const there = values.isNaN().not();
    const news = beginsRun(values).and(there);
    // The different ones to the front: NaN comes last.
    const different = where(news, values, Number.NaN).sort().values;
    return [news.cast('f64').sum(-1), there.all(-1), different.transpose()];
  }

  /** The first column of which more than `limit` are known now, if there is one. */
  keep([counts, complete, different]: readonly NDArray[], limit: number): number | undefined {
    this.#columns ??= Array.from(counts!.data, () => new Set<number>());
    const columns = this.#columns;
    const many = counts!.data.findIndex((count) => count > limit);
    if (many >= 0) return many;
    const { data } = different!.slice(0, Math.max(...counts!.data));
    for (const [i, found] of columns.entries()) {
      for (let k = 0; k < counts!.data[i]!; k++) found.add(data[k * columns.length + i]!);
      if (complete!.data[i] === 0) found.add(Number.NaN);
    }
    const grown = columns.findIndex(({ size }) => size > limit);
    return grown < 0 ? undefined : grown;
  }

  /** Of each column, ascending, NaN last. */
  read(): number[][] {
    return this.#columns!.map((found) => {
      const numbers = [...found].filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
      return found.has(Number.NaN) ? [...numbers, Number.NaN] : numbers;
    });
  }
}
