/** Metrics that only reports have: not one number, but what is drawn. */

import { Pace } from '../../data/pace.js';
import { calibrationError } from '../../metrics/calibrationError.js';
import { matrixRows } from '../../metrics/confusionMatrix.js';
import type { Metric } from '../../metrics/metric.js';
import { probabilitiesOf, targetRule } from '../../metrics/probabilities.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Kept } from './collect.js';
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
/** Rows that are counted at once. */
const PART = 2 ** 14;

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

/** Row = label, column = the class it was taken for. */
export async function counted(labels: Float64Array, said: Float64Array, classes: number): Promise<number[][]> {
  const pace = new Pace();
  const rows: number[][] = [];
  for (let label = 0; label < classes; label++) {
    rows.push(new Array<number>(classes).fill(0));
    if (pace.due()) await pace.turn();
  }
  for (let begin = 0; begin < labels.length; begin += PART) {
    const end = Math.min(begin + PART, labels.length);
    for (let i = begin; i < end; i++) rows[labels[i]!]![said[i]!]!++;
    if (pace.due()) await pace.turn();
  }
  return rows;
}

/** What `confusion` counts, row by row: of many classes a matrix for every batch would be too much. */
export function mistaken(logits: boolean, classes: number, answered: number): Kept<number[][]> {
  return {
    metric: {
      name: 'kept',
      collects: true,
      targets: targetRule,
      update: (prediction, target) => {
        const { probabilities, truth } = answers('classes', logits, prediction, target);
        return [truth, probabilities].map((of) => greatest(of, prediction.shape[0]!));
      },
      finalize: (tensors) => tensors,
    },
    width: 2 * answered,
    of: ([labels, said]) => counted(labels!, said!, classes),
  };
}

/** The class of the greatest number, of each row. */
const greatest = (of: Tensor, rows: number): Tensor => of.argmax(-1).cast('f64').reshape([rows, -1]);

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

/** `size`: numbers that the model answers with, for a row. */
export function scores(task: Task, logits: boolean, size: number): Kept<Collected> {
  let columns = 1;
  let exclusive = false;
  return {
    metric: {
      name: 'kept',
      collects: true,
      targets: targetRule,
      update(prediction, target) {
        const { probabilities, truth } = answers(task, logits, prediction, target);
        const rows = prediction.shape[0]!;
        const classes = probabilities.shape.at(-1)!;
        exclusive = classes > 2;
        columns = exclusive ? classes : task === 'labels' ? prediction.shape.at(-1)! : 1;
        const kept = exclusive ? probabilities : probabilities.slice(...probabilities.shape.slice(1).map(() => null), [1, 2]);
        return [kept.reshape([rows, -1]), greatest(truth, rows)];
      },
      finalize: (tensors) => tensors,
    },
    width: 2 * size,
    of: ([probabilities, labels]) => ({ probabilities: probabilities!, labels: labels!, columns, exclusive }),
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

export function pairs(size: number): Kept<Pairs> {
  return {
    metric: {
      name: 'kept',
      collects: true,
      update(prediction, target) {
        const flat = (tensor: Tensor) => tensor.cast('f64').reshape([prediction.shape[0]!, -1]);
        return [flat(prediction), flat(target)];
      },
      finalize: (tensors) => tensors,
    },
    width: 2 * size,
    of([prediction, target]) {
      const of = target!.length;
      const taken = Array.from({ length: Math.min(of, SAMPLE) }, (_, i) => Math.floor((i * of) / Math.min(of, SAMPLE)));
      return { target: taken.map((i) => target![i]!), prediction: taken.map((i) => prediction![i]!), of };
    },
  };
}
