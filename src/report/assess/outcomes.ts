/** What a model makes of test data, as far as a report draws it. All sums run in the core. */

import { column, type Data, dataColumns, rowsOf } from '../../data/columns.js';
import { mae } from '../../metrics/mae.js';
import type { MetricLike } from '../../metrics/metric.js';
import { r2 } from '../../metrics/r2.js';
import { rmse } from '../../metrics/rmse.js';
import type { Model } from '../../nn/module.js';
import type { NDArray } from '../../tensor/ndarray.js';
import { evaluate } from '../../train/evaluate.js';
import { predict } from '../../train/predict.js';
import { collect, fitsOnePart, type Kept } from './collect.js';
import type { ClassCurve } from './curves.js';
import { confusion, mistaken, type Pairs, pairs, type ReliabilityBin, reliability, scores } from './measures.js';
import { rankClasses } from './rank.js';
import { type Task, taskOf } from './task.js';

export interface Outcomes {
  readonly rows: number;
  readonly task: Task;
  /** Classes, or labels that are asked for one by one; 0 for regression. */
  readonly classes: number;
  /** Row = label, column = prediction. Missing for too many classes. */
  readonly confusion?: readonly (readonly number[])[];
  readonly reliability?: readonly ReliabilityBin[];
  /** Of the classes that have both kinds of rows; missing if there are too many scores to keep. */
  readonly curves?: readonly ClassCurve[];
  /** Of regression. */
  readonly scores?: Readonly<Record<string, number>>;
  readonly pairs?: Pairs;
}

/** Scores that are kept for curves and scatter plots: 128 MB. */
export const MOST_SCORES = 2 ** 24;
/** Classes of the greatest confusion matrix: 32 MB. */
export const MOST_CLASSES = 2048;
/** Classes of the greatest one that is counted in the core, and comes back after some batches. */
const FEW_CLASSES = 64;

const product = (shape: readonly number[]): number => shape.reduce((all, d) => all * d, 1);

/** Throws as `evaluate` does. */
export async function assess(model: Model, test: Data, logits: boolean): Promise<Outcomes> {
  const columns = dataColumns('writeReport', 'test', test);
  const x = columns.x.values;
  const y = columns.y.values;
  const rows = rowsOf(columns.x);
  const prediction = (await predict(model, column('writeReport', 'test.x', x).values.slice(0, 1))).shape.slice(1);
  const task = await taskOf(prediction, y);
  const size = product(prediction);
  const keeps = rows * size <= MOST_SCORES;
  if (task === 'numbers') {
    const measured = await measure(model, { x, y }, [mae(), rmse(), r2()], keeps ? pairs(size) : undefined);
    return { rows, task, classes: 0, scores: measured.values as Record<string, number>, ...(measured.kept && { pairs: measured.kept }) };
  }
  const classes = task === 'classes' ? prediction.at(-1)! : 2;
  const few = classes <= FEW_CLASSES;
  const sums = [reliability(task, logits), ...(few ? [confusion(task, logits)] : [])];
  const { values, kept } = await measure(model, { x, y }, sums, keeps ? scores(task, logits, size) : undefined);
  const found = values as { readonly reliability: ReliabilityBin[]; readonly confusion?: number[][] };
  const many = !few && classes <= MOST_CLASSES;
  const matrix = many ? await collect(model, { x, y }, mistaken(logits, classes, size / classes)) : found.confusion;
  return {
    rows,
    task,
    classes: task === 'binary' ? 2 : prediction.at(-1)!,
    reliability: found.reliability,
    ...(matrix && { confusion: matrix }),
    ...(kept && { curves: await rankClasses(kept) }),
  };
}

/** Metrics of all rows, and what is kept of every row: in one go, unless that is too much to come back at once. */
async function measure<T>(
  model: Model,
  data: { readonly x: NDArray; readonly y: NDArray },
  metrics: readonly MetricLike[],
  wanted: Kept<T> | undefined,
): Promise<{ readonly values: object; readonly kept: T | undefined }> {
  const together = wanted && fitsOnePart(wanted, data.x.shape[0]!) ? wanted : undefined;
  const found = (await evaluate(model, data, { metrics: [...metrics, ...(together ? [together.metric] : [])] })) as Record<string, unknown>;
  const { kept, ...values } = found;
  if (!wanted) return { values, kept: undefined };
  return { values, kept: together ? await together.of(kept as Float64Array[]) : await collect(model, data, wanted) };
}
