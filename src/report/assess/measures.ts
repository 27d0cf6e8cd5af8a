/** Metrics that only reports have: not one number, but what is drawn. */

import { calibrationError } from '../../metrics/calibrationError.js';
import { matrixRows } from '../../metrics/confusionMatrix.js';
import type { Metric } from '../../metrics/metric.js';
import { probabilitiesOf, targetRule } from '../../metrics/probabilities.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Task } from './task.js';

/** Each score of several labels as a question of its own. */
function asked(task: Task, prediction: Tensor, target: Tensor): [Tensor, Tensor] {
  return task === 'labels' ? [prediction.expandDims(-1), target.expandDims(-1)] : [prediction, target];
}

const answers = (task: Task, logits: boolean, prediction: Tensor, target: Tensor) =>
  probabilitiesOf('writeReport', ...asked(task, prediction, target), logits);

/** Rows whose greatest probability lies in an interval. */
export interface ReliabilityBin {
  readonly rows: number;
  /** How many of them were right. */
  readonly right: number;
  /** Sum of their greatest probabilities. */
  readonly confidence: number;
}

const BINS = 15;

/** The sums behind `metrics.calibrationError`. */
export function reliability(task: Task, logits: boolean): Metric<'reliability', ReliabilityBin[]> {
  const { update } = calibrationError({ bins: BINS, logits });
  return {
    name: 'reliability',
    targets: targetRule,
    update: (prediction, target) => update(...asked(task, prediction, target)),
    finalize: ([rows, right, confidence]) =>
      Array.from(rows!, (count, bin) => ({ rows: count, right: right![bin]!, confidence: confidence![bin]! })),
  };
}

/** Counts: row = label, column = the greatest probability. */
export function confusion(task: Task, logits: boolean): Metric<'confusion', number[][]> {
  return {
    name: 'confusion',
    targets: targetRule,
    update(prediction, target) {
      const { probabilities, truth } = answers(task, logits, prediction, target);
      const classes = probabilities.shape.at(-1)!;
      const counted = (of: Tensor) => of.argmax(-1).oneHot(classes).reshape([-1, classes]);
      return [counted(truth).matmul(counted(probabilities), { transposeA: true })];
    },
    finalize: ([counts]) => matrixRows(counts!, Math.sqrt(counts!.length)),
  };
}

/** Probabilities and labels of all rows. */
export interface Collected {
  /** Of each row and class; where there are two classes, of class 1 only. */
  readonly probabilities: Float64Array;
  /** Of each row the class or, where every column is a question of its own, of each row and column 0 or 1. */
  readonly labels: Float64Array;
  readonly columns: number;
  /** Whether a label names a column; else labels are of class 1. */
  readonly exclusive: boolean;
}

export function scores(task: Task, logits: boolean): Metric<'scores', Collected> {
  let columns = 1;
  let exclusive = false;
  return {
    name: 'scores',
    collects: true,
    targets: targetRule,
    update(prediction, target) {
      const { probabilities, truth } = answers(task, logits, prediction, target);
      const rows = prediction.shape[0]!;
      const classes = probabilities.shape.at(-1)!;
      exclusive = classes > 2;
      columns = exclusive ? classes : task === 'labels' ? prediction.shape.at(-1)! : 1;
      const kept = exclusive ? probabilities : probabilities.slice(...probabilities.shape.slice(1).map(() => null), [1, 2]);
      return [kept.reshape([rows, -1]), truth.argmax(-1).cast('f64').reshape([rows, -1])];
    },
    finalize: ([probabilities, labels]) => ({ probabilities: probabilities!, labels: labels!, columns, exclusive }),
  };
}

/** Targets and predictions, element by element: a sample of them. */
export interface Pairs {
  readonly target: readonly number[];
  readonly prediction: readonly number[];
  /** Of which the sample was taken, evenly. */
  readonly of: number;
}

const SAMPLE = 1500;

export function pairs(): Metric<'pairs', Pairs> {
  return {
    name: 'pairs',
    collects: true,
    update(prediction, target) {
      const flat = (tensor: Tensor) => tensor.cast('f64').reshape([prediction.shape[0]!, -1]);
      return [flat(prediction), flat(target)];
    },
    finalize([prediction, target]) {
      const of = target!.length;
      const taken = Array.from({ length: Math.min(of, SAMPLE) }, (_, i) => Math.floor((i * of) / Math.min(of, SAMPLE)));
      return { target: taken.map((i) => target![i]!), prediction: taken.map((i) => prediction![i]!), of };
    },
  };
}
