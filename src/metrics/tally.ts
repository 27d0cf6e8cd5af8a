/** What metrics of a confusion need: hits, predictions and labels of every class, added up over batches. */

import { alongRows, matched } from '../losses/loss.js';
import { bool, numberIn, oneOf, optional, withDefault } from '../options.js';
import { tensor } from '../tensor/functional.js';
import type { Tensor } from '../tensor/tensor.js';
import { classLabels, targetClasses } from './classes.js';
import { type Metric, type MetricOptions, metricRules } from './metric.js';

export interface TallyOptions<Name extends string = string> extends MetricOptions<Name> {
  /** For a single score a row: a probability above it counts as class 1. Default 0.5. */
  readonly threshold?: number;
  /** For a single score a row: it is a logit, as `losses.binaryCrossEntropy` wants it. Default true. */
  readonly logits?: boolean;
}

/**
 * How values of classes become one: `macro` their mean, over classes that occur or are predicted
 * in rows of a weight above 0;
 * `weighted` the mean weighted by how often each occurs; `micro` the value of all counts together;
 * `binary` that of class 1; `none` all of them, a list.
 */
export type Average = 'macro' | 'weighted' | 'micro' | 'binary' | 'none';

export interface AverageOptions<Name extends string = string> extends TallyOptions<Name> {
  /** Default: `binary` for a single score a row, else `macro`. */
  readonly average?: Average;
}

export const tallyRules = {
  ...metricRules,
  threshold: withDefault(numberIn(0, 1, 'both'), 0.5),
  logits: withDefault(bool(), true),
};
export const averageRules = { ...tallyRules, average: optional(oneOf('macro', 'weighted', 'micro', 'binary', 'none')) };

/** Weights of rows where there are weights, else their number. */
export interface ClassTally {
  /** Predicted and right. */
  readonly hits: number;
  readonly predicted: number;
  readonly actual: number;
  readonly total: number;
}

export interface Tally {
  readonly classes: readonly ClassTally[];
  /** From a single score a row: class 1 is the positive one. */
  readonly single: boolean;
  /** Sums over rows of |label − prediction| and of its square. */
  readonly distance: number;
  readonly squaredDistance: number;
}

/** A metric of the tally. Predictions are scores [rows, …, classes] with labels [rows, …], or single scores of the targets' shape. */
export function tallyMetric<Name extends string, Value>(
  where: string,
  name: Name,
  { threshold, logits }: { readonly threshold: number; readonly logits: boolean },
  finalize: (tally: Tally) => Value,
): Metric<Name, Value> {
  const level = logits ? Math.log(threshold / (1 - threshold)) : threshold;
  return {
    name,
    targets: (prediction, target) => (isSingle(prediction, target) ? { classes: 2 } : classLabels(prediction, target)),
    update(prediction, target, weights) {
      const single = isSingle(prediction, target);
      const classes = single ? 2 : prediction.shape.at(-1)!;
      const truth = single ? matched(where, prediction, target).greater(0.5).cast('i32') : targetClasses(where, prediction, target);
      const said = single ? prediction.greater(level).cast('i32') : prediction.argmax(-1);
      return sums(said, truth, classes, weights, single);
    },
    finalize: (counts) => finalize(read(counts)),
  };
}

function isSingle(prediction: Tensor, target: Tensor): boolean {
  return prediction.rank === target.rank && (prediction.rank === 1 || prediction.shape.at(-1) === 1);
}

function sums(said: Tensor, truth: Tensor, classes: number, weights: Tensor | undefined, single: boolean): Tensor[] {
  const [p, t] = [said, truth].map((labels) => labels.reshape([-1]).oneHot(classes).cast('f64')) as [Tensor, Tensor];
  const each = weights ? alongRows(weights, said.cast('f64')).broadcastTo(said.shape).reshape([-1, 1]) : tensor(1, 'f64');
  const apart = said.sub(truth).cast('f64').reshape([-1, 1]);
  return [
    p.mul(t).mul(each).sum(0),
    p.mul(each).sum(0),
    t.mul(each).sum(0),
    apart.abs().mul(each).sum(),
    apart.square().mul(each).sum(),
    tensor(Number(single), 'f64'),
  ];
}

function read([hits, predicted, actual, distance, squaredDistance, single]: readonly Float64Array[]): Tally {
  const total = actual!.reduce((sum, count) => sum + count, 0);
  const classes = Array.from(hits!, (count, i) => ({ hits: count, predicted: predicted![i]!, actual: actual![i]!, total }));
  return { classes, single: single![0]! > 0, distance: distance![0]!, squaredDistance: squaredDistance![0]! };
}

/** 0 where there is nothing to divide by, as scikit-learn has it. */
export const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** A value of every class, averaged. */
export function averaged(
  { classes, single }: Tally,
  average: Average | undefined,
  value: (tally: ClassTally) => number,
): number | number[] {
  const kind = average ?? (single ? 'binary' : 'macro');
  if (kind === 'none') return classes.map(value);
  if (kind === 'binary') return value(classes[1]!);
  if (kind === 'micro') return value(classes.reduce(together));
  const counted = classes.filter(({ predicted, actual }) => predicted > 0 || actual > 0);
  const weights = counted.map(({ actual }) => (kind === 'weighted' ? actual : 1));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return share(
    counted.reduce((sum, tally, i) => sum + weights[i]! * value(tally), 0),
    whole,
  );
}

function together(a: ClassTally, b: ClassTally): ClassTally {
  return { hits: a.hits + b.hits, predicted: a.predicted + b.predicted, actual: a.actual + b.actual, total: a.total + b.total };
}
