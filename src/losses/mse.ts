import { checkOptions } from '../options.js';
import { type Loss, type LossOptions, lossOf, lossRules, matched, reduceLosses } from './loss.js';

/**
 * Mean squared error: l = (p − t)². Prediction and target have one shape, [rows, …]; `mean`
 * divides by the number of elements.
 */
export function mse(options?: LossOptions): Loss {
  const { reduction } = checkOptions('losses.mse', options, lossRules);
  return lossOf('losses.mse', (prediction, target, weights) => {
    const error = prediction.sub(matched('losses.mse', prediction, target));
    return reduceLosses(error.square(), weights, reduction);
  });
}
