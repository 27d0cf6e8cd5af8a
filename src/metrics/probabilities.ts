/** What metrics of probabilities share: predictions as log-probabilities, targets as one-hot rows. */

import { matched, PROBABILITY, type TargetRule } from '../losses/loss.js';
import { bool, withDefault } from '../options.js';
import { concat } from '../tensor/functional.js';
import type { Tensor } from '../tensor/tensor.js';
import { targetClasses } from './classes.js';
import { type MetricOptions, metricRules } from './metric.js';

export interface ProbabilityOptions<Name extends string = string> extends MetricOptions<Name> {
  /** The predictions are logits, as the losses want them; false: probabilities. Default true. */
  readonly logits?: boolean;
}

export const probabilityRules = { ...metricRules, logits: withDefault(bool(), true) };

export interface Probabilities {
  /** f64 [rows, …, classes]; a single score gives two classes. */
  readonly logs: Tensor;
  readonly probabilities: Tensor;
  /** f64, the same shape. */
  readonly truth: Tensor;
}

/** Labels, or probabilities. */
export function targetRule(prediction: Tensor, target: Tensor): TargetRule {
  return target.rank === prediction.rank ? PROBABILITY : { classes: prediction.shape.at(-1)! };
}

/** Probabilities are kept this far from 0 and 1, as in scikit-learn. */
const LEAST = 2 ** -52;

export function probabilitiesOf(where: string, prediction: Tensor, target: Tensor, logits: boolean): Probabilities {
  const single = prediction.rank === target.rank && (prediction.rank === 1 || prediction.shape.at(-1) === 1);
  const p = prediction.cast('f64');
  if (single) return singleScores(p, matched(where, prediction, target).cast('f64'), logits);
  const soft = prediction.rank === target.rank;
  const truth = soft ? matched(where, prediction, target).cast('f64') : oneHot(where, prediction, target);
  if (logits) return { logs: p.logSoftmax(), probabilities: p.softmax(), truth };
  const clipped = p.clip(LEAST, 1 - LEAST);
  return { logs: clipped.log(), probabilities: p, truth };
}

function oneHot(where: string, prediction: Tensor, target: Tensor): Tensor {
  return targetClasses(where, prediction, target).oneHot(prediction.shape.at(-1)!).cast('f64');
}

/** log σ(x) = min(x, 0) − log(1 + e^−|x|), which never overflows. */
const logSigmoid = (x: Tensor): Tensor => x.minimum(0).sub(x.abs().neg().exp().log1p());

function singleScores(score: Tensor, target: Tensor, logits: boolean): Probabilities {
  const rows = (x: Tensor) => (x.shape.at(-1) === 1 && x.rank > 1 ? x : x.expandDims(-1));
  const both = (no: Tensor, yes: Tensor) => concat([rows(no), rows(yes)], -1);
  const truth = both(target.neg().add(1), target);
  if (logits) {
    const logs = both(logSigmoid(score.neg()), logSigmoid(score));
    return { logs, probabilities: both(score.neg().sigmoid(), score.sigmoid()), truth };
  }
  const clipped = score.clip(LEAST, 1 - LEAST);
  return { logs: both(clipped.neg().log1p(), clipped.log()), probabilities: both(score.neg().add(1), score), truth };
}
