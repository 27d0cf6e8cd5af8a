/** What metrics of rankings share: all scores, sorted, with the weights of positives and negatives at each. */

import { matched } from '../losses/loss.js';
import { bool, checkOptions, oneOf, optional, withDefault } from '../options.js';
import { tensor } from '../tensor/functional.js';
import type { Tensor } from '../tensor/tensor.js';
import { targetClasses } from './classes.js';
import { type Metric, type MetricOptions, metricRules } from './metric.js';

export interface RankingOptions<Name extends string = string> extends MetricOptions<Name> {
  /** Of several classes, each against the rest: `macro` (default) the mean, `weighted` by how often each occurs, `none` a list. */
  readonly average?: 'macro' | 'weighted' | 'none';
  /** Predictions of several classes are logits, and their softmax is ranked; false: ranked as they are. Default true. */
  readonly logits?: boolean;
}

const rules = { ...metricRules, average: optional(oneOf('macro', 'weighted', 'none')), logits: withDefault(bool(), true) };

/** Weights of rows at one score. */
export interface Level {
  readonly score: number;
  readonly positive: number;
  readonly negative: number;
}

/** The distinct scores from the greatest down. `isPositive` by row. */
export function levels(scores: Float64Array, isPositive: (row: number) => boolean, weights: Float64Array): Level[] {
  const order = Uint32Array.from(scores, (_, row) => row).sort((a, b) => scores[b]! - scores[a]!);
  const found: { score: number; positive: number; negative: number }[] = [];
  for (const row of order) {
    if (found.at(-1)?.score !== scores[row]) found.push({ score: scores[row]!, positive: 0, negative: 0 });
    found.at(-1)![isPositive(row) ? 'positive' : 'negative'] += weights[row]!;
  }
  return found;
}

/** A metric that collects scores [rows, classes], labels and weights [rows], and values each class against the rest. */
export function rankingMetric<const Name extends string>(
  where: string,
  fallback: Name,
  options: RankingOptions<Name> | undefined,
  value: (levels: readonly Level[]) => number,
): Metric<Name, number | number[]> {
  const { name = fallback, average = 'macro', logits } = checkOptions(where, options, rules);
  return {
    name: name as Name,
    collects: true,
    targets: (prediction, target) => ({ classes: isSingle(prediction, target) ? 2 : prediction.shape.at(-1)! }),
    update(prediction, target, weights) {
      const rows = prediction.shape[0]!;
      const single = isSingle(prediction, target);
      const wide = prediction.cast('f64');
      const scores = single ? wide.reshape([rows, -1]) : logits ? wide.softmax() : wide;
      const labels = single ? matched(where, prediction, target) : targetClasses(where, prediction, target);
      return [scores, labels.cast('f64').reshape([rows, -1]), weights?.cast('f64') ?? tensor(1, 'f64').broadcastTo([rows])];
    },
    finalize([scores, labels, weights]) {
      const classes = scores!.length / labels!.length;
      if (classes === 1) return value(levels(scores!, (row) => labels![row]! > 0.5, weights!));
      const each = Array.from({ length: classes }, (_, c) => {
        const own = Float64Array.from(labels!, (_, row) => scores![row * classes + c]!);
        return value(levels(own, (row) => labels![row] === c, weights!));
      });
      return average === 'none' ? each : mean(each, (c) => (average === 'macro' ? 1 : weightOf(c, labels!, weights!)));
    },
  };
}

function isSingle(prediction: Tensor, target: Tensor): boolean {
  return prediction.rank === target.rank && (prediction.rank === 1 || prediction.shape.at(-1) === 1);
}

function weightOf(c: number, labels: Float64Array, weights: Float64Array): number {
  return labels.reduce((sum, label, row) => (label === c ? sum + weights[row]! : sum), 0);
}

/** Over the classes that have a value; NaN if none has. */
function mean(values: readonly number[], weight: (c: number) => number): number {
  let [sum, whole] = [0, 0];
  for (const [c, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    sum += weight(c) * value;
    whole += weight(c);
  }
  return sum / whole;
}
