import { checkOptions } from '../options.js';
import { type Loss, type LossOptions, lossOf, lossRules, matched, reduceLosses } from './loss.js';

/**
 * Mean absolute error: l = |p − t|, with gradient 0 where they are equal. Prediction and target
 * have one shape, [rows, …]; `mean` divides by the number of elements.
 */
export function mae(options?: LossOptions): Loss {
  const { reduction } = checkOptions('losses.mae', options, lossRules);
  return lossOf('losses.mae', (prediction, target, weights) => {
    const error = prediction.sub(matched('losses.mae', prediction, target));
    return reduceLosses(error.abs(), weights, reduction);
  });
}
