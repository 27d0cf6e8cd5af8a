/** What a model makes of test data, as far as a report draws it. All sums run in the core. */

import { column, type Data, dataColumns, rowsOf } from '../../data/columns.js';
import { mae } from '../../metrics/mae.js';
import type { Metric, MetricLike } from '../../metrics/metric.js';
import { r2 } from '../../metrics/r2.js';
import { rmse } from '../../metrics/rmse.js';
import type { Model } from '../../nn/module.js';
import { evaluate } from '../../train/evaluate.js';
import { predict } from '../../train/predict.js';
import type { ClassCurve } from './curves.js';
import { type Collected, confusion, type Pairs, pairs, type ReliabilityBin, reliability, scores } from './measures.js';
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

const product = (shape: readonly number[]): number => shape.reduce((all, d) => all * d, 1);

/** Throws as `evaluate` does. */
export async function assess(model: Model, test: Data, logits: boolean): Promise<Outcomes> {
  const columns = dataColumns('writeReport', 'test', test);
  const x = columns.x.values;
  const y = columns.y.values;
  const rows = rowsOf(columns.x);
  const prediction = (await predict(model, column('writeReport', 'test.x', x).values.slice(0, 1))).shape.slice(1);
  const task = await taskOf(prediction, y);
  const kept = rows * product(prediction) <= MOST_SCORES;
  const measure = (metrics: readonly MetricLike[]) => evaluate(model, { x, y }, { metrics }) as Promise<Record<string, unknown>>;
  if (task === 'numbers') {
    const found = await measure([mae(), rmse(), r2(), ...(kept ? [pairs()] : [])]);
    const { pairs: points, ...values } = found as { pairs?: Pairs } & Record<string, number>;
    return { rows, task, classes: 0, scores: values, ...(points && { pairs: points }) };
  }
  const classes = task === 'classes' ? prediction.at(-1)! : 2;
  const metrics: Metric[] = [
    reliability(task, logits),
    ...(classes <= MOST_CLASSES ? [confusion(task, logits)] : []),
    ...(kept ? [scores(task, logits)] : []),
  ];
  const found = (await measure(metrics)) as { confusion?: number[][]; reliability: ReliabilityBin[]; scores?: Collected };
  return {
    rows,
    task,
    classes: task === 'binary' ? 2 : prediction.at(-1)!,
    reliability: found.reliability,
    ...(found.confusion && { confusion: found.confusion }),
    ...(found.scores && { curves: await rankClasses(found.scores) }),
  };
}
