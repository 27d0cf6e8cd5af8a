/** What a model makes of every single row, from parts of the data so small that none keeps the event loop. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Metric } from '../../metrics/metric.js';
import type { Model } from '../../nn/module.js';
import type { NDArray } from '../../tensor/ndarray.js';
import { evaluate } from '../../train/evaluate.js';
import { EVALUATION_BATCH } from '../../train/evaluation.js';

/** A metric that keeps numbers of every row. */
export interface Kept<T> {
  readonly metric: Metric<'kept', readonly Float64Array[]>;
  /** Numbers of a row, all together. */
  readonly width: number;
  /** What the numbers of all rows mean. */
  of(tensors: readonly Float64Array[]): T | Promise<T>;
}

/** Numbers that come back from the core at once, 2 MB; a whole batch at the least. */
const PART = 2 ** 18;

export const fitsOnePart = ({ width }: Kept<unknown>, rows: number): boolean => rows * width <= PART;

/** The rows must have been checked: an error would name the row of a part. */
export async function collect<T>(model: Model, { x, y }: { readonly x: NDArray; readonly y: NDArray }, kept: Kept<T>): Promise<T> {
  const { metric, width } = kept;
  const rows = x.shape[0]!;
  const step = EVALUATION_BATCH * Math.max(1, Math.floor(PART / (width * EVALUATION_BATCH)));
  let all: readonly Float64Array[] = [];
  for (let begin = 0; begin < rows; begin += step) {
    const end = Math.min(begin + step, rows);
    const part = await evaluate(model, { x: x.slice(begin, end), y: y.slice(begin, end) }, { metrics: [metric] as const });
    if (begin === 0) all = part.kept.map(({ length }) => new Float64Array((length / end) * rows));
    for (const [i, numbers] of part.kept.entries()) all[i]!.set(numbers, (numbers.length / (end - begin)) * begin);
    await turn();
  }
  return kept.of(all);
}
