import { checkOptions, positive, type Rules, withDefault } from '../options.js';
import { type Loss, type LossOptions, lossOf, lossRules, matched, reduceLosses } from './loss.js';

export interface HuberOptions extends LossOptions {
  /** Where the square turns into a straight line. Default 1. */
  readonly delta?: number;
}

const rules = { ...lossRules, delta: withDefault(positive(), 1) } satisfies Rules<HuberOptions>;

/**
 * Huber's loss (1964) of d = p − t: d² / 2 up to |d| = δ, δ (|d| − δ / 2) beyond. Prediction and
 * target have one shape, [rows, …]; `mean` divides by the number of elements.
 */
export function huber(options?: HuberOptions): Loss {
  const { delta, reduction } = checkOptions('losses.huber', options, rules);
  return lossOf('losses.huber', (prediction, target, weights) => {
    const distance = prediction.sub(matched('losses.huber', prediction, target)).abs();
    // m (|d| − m / 2) with m = min(|d|, δ) is both branches, and neither overflows.
    const near = distance.minimum(delta);
    return reduceLosses(near.mul(distance.sub(near.mul(0.5))), weights, reduction);
  });
}
