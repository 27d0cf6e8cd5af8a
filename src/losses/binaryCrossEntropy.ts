import { checkOptions } from '../options.js';
import { type Loss, type LossOptions, lossOf, lossRules, matched, PROBABILITY, reduceLosses } from './loss.js';

/**
 * Binary cross-entropy on logits x with targets t from 0 to 1:
 * l = −t log σ(x) − (1 − t) log(1 − σ(x)) = max(x, 0) − x t + log(1 + e^−|x|), which never
 * overflows. Prediction and target have one shape, [rows, …]; `mean` divides by the number of
 * elements. The model must end without a sigmoid.
 */
export function binaryCrossEntropy(options?: LossOptions): Loss {
  const { reduction } = checkOptions('losses.binaryCrossEntropy', options, lossRules);
  return lossOf(
    'losses.binaryCrossEntropy',
    (prediction, target, weights) => {
      const t = matched('losses.binaryCrossEntropy', prediction, target);
      // At x = 0 the maximum shares its gradient and |x| has none: σ(0) = 1 / 2 comes out right.
      const softplus = prediction.maximum(0).add(prediction.abs().neg().exp().log1p());
      return reduceLosses(softplus.sub(prediction.mul(t)), weights, reduction);
    },
    () => PROBABILITY,
  );
}
