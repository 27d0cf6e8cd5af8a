/** Rows sorted by how sure the model is: what metrics of calibration share. */

import { alongRows } from '../losses/loss.js';
import { positiveInteger, withDefault } from '../options.js';
import { tensor } from '../tensor/functional.js';
import type { Tensor } from '../tensor/tensor.js';
import { type ProbabilityOptions, probabilitiesOf, probabilityRules } from './probabilities.js';

export interface BinOptions<Name extends string = string> extends ProbabilityOptions<Name> {
  /** Intervals of confidence, equally wide. Default 15. */
  readonly bins?: number;
}

export const binRules = { ...probabilityRules, bins: withDefault(positiveInteger(), 15) };

interface Terms {
  readonly logits: boolean;
  readonly bins: number;
}

/**
 * Bin b holds the rows whose greatest probability lies above b / bins and up to (b + 1) / bins. Three
 * tensors [bins]: weights of the rows, of those that are right, and their probabilities, weighted.
 */
export function binned(where: string, prediction: Tensor, target: Tensor, weights: Tensor | undefined, { logits, bins }: Terms): Tensor[] {
  const { probabilities, truth } = probabilitiesOf(where, prediction, target, logits);
  const confidence = probabilities.max(-1).reshape([-1]);
  const right = probabilities.argmax(-1).equal(truth.argmax(-1)).cast('f64').reshape([-1]);
  // Up to and with the upper end, as the definition says.
  const bin = confidence
    .mul(-bins)
    .floor()
    .neg()
    .sub(1)
    .clip(0, bins - 1)
    .cast('i32');
  const rows = truth.sum(-1);
  const each = weights ? alongRows(weights, rows).broadcastTo(rows.shape).reshape([-1, 1]) : tensor(1, 'f64');
  const among = bin.oneHot(bins).cast('f64').mul(each);
  return [among.sum(0), among.mul(right.expandDims(-1)).sum(0), among.mul(confidence.expandDims(-1)).sum(0)];
}
