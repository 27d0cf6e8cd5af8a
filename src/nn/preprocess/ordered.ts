/** Statistics that need all values of a column side by side: median and mode. */

import { setImmediate as turn } from 'node:timers/promises';
import { compile } from '../../tensor/compile.js';
import { concat, iota, where } from '../../tensor/functional.js';
import { empty, type NDArray } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';

/** Of rows [columns, n] the statistic and how many numbers went into it, both f64. */
type Program = (x: Tensor) => { value: Tensor; count: Tensor };

/** Elements that are sorted in one call. */
const SORTED = 2 ** 20;

/** Entry `at[i]` of row i. */
function pick(rows: Tensor, at: Tensor): Tensor {
  const [count, length] = rows.shape as [number, number];
  const starts = iota([count]).mul(length);
  return rows.flatten().gather(starts.add(at.clip(0, length - 1)));
}

/** Where a value of ordered rows differs from the one before it; NaN differs from everything. */
export function beginsRun(values: Tensor): Tensor {
  const changes = values.slice(null, [1]).notEqual(values.slice(null, [0, -1]));
  return concat([iota([values.shape[0]!, 1], 1).equal(0), changes], 1);
}

/** In order, NaN last, and the number of numbers. */
function sorted(x: Tensor): { values: Tensor; there: Tensor; count: Tensor } {
  const { values } = x.sort();
  const there = values.isNaN().not();
  return { values, there, count: there.cast('f64').sum(-1) };
}

/** The middle number; of an even count the mean of the two in the middle. */
export const median: Program = (x) => {
  const { values, count } = sorted(x);
  const [low, high] = [count.sub(1), count].map((twice) => pick(values, twice.mul(0.5).floor().cast('i32')).cast('f64'));
  return { value: low!.add(high!).mul(0.5), count };
};

/** The number that occurs most often, the least of several. */
export const mostFrequent: Program = (x) => {
  const length = x.shape[1]!;
  const { values, there, count } = sorted(x);
  // Sorted stably by whether a run begins there, the places where one does come first, in order.
  const begins = beginsRun(values).and(there).cast('i32').sort({ descending: true });
  const starts = where(begins.values.equal(1), begins.indices, length);
  const next = starts.slice(null, [1]).pad([0, [0, 1]], { value: length });
  const runs = next.minimum(count.cast('i32').expandDims(1)).sub(starts);
  return { value: pick(values, pick(starts, runs.argmax(-1))).cast('f64'), count };
};

/** All values of all columns, as they come. */
export class Ordered {
  readonly #blocks: NDArray[] = [];
  readonly #run: (x: NDArray) => Promise<{ value: NDArray; count: NDArray }>;

  constructor(program: Program) {
    this.#run = compile((x: Tensor) => program(x));
  }

  /** In a trace: what `keep` needs of a block [rows, columns]. */
  add(x: Tensor): Tensor {
    return x.transpose();
  }

  keep(block: NDArray): void {
    this.#blocks.push(block);
  }

  /** Of each column the statistic, NaN if it has no number. */
  async read(): Promise<Float64Array> {
    const [columns] = this.#blocks[0]!.shape as [number];
    const rows = this.#blocks.reduce((sum, { shape }) => sum + shape[1]!, 0);
    const group = Math.max(1, Math.min(columns, Math.floor(SORTED / rows)));
    const result = new Float64Array(columns);
    for (let begin = 0; begin < columns; begin += group) {
      const values = await this.#gather(begin, Math.min(columns, begin + group), rows);
      const { value, count } = await this.#run(values);
      const counts = count.data;
      result.set(
        value.data.map((one, i) => (counts[i] === 0 ? Number.NaN : one)),
        begin,
      );
    }
    return result;
  }

  /** Columns `begin` to `end` of all blocks, one after the other: [columns, rows]. */
  async #gather(begin: number, end: number, rows: number): Promise<NDArray> {
    const all = empty([end - begin, rows], this.#blocks[0]!.dtype);
    let at = 0;
    for (const block of this.#blocks) {
      const { data } = block.slice(begin, end);
      const length = block.shape[1]!;
      for (let i = 0; i < end - begin; i++) all.data.set(data.subarray(i * length, (i + 1) * length), i * rows + at);
      at += length;
      await turn();
    }
    return all;
  }
}
