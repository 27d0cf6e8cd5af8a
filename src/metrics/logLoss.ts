import { checkOptions } from '../options.js';
import { type Metric, ratio, sumAndCount } from './metric.js';
import { type ProbabilityOptions, probabilitiesOf, probabilityRules, targetRule } from './probabilities.js';

/**
 * Mean of −log p of what is true: cross-entropy without smoothing or class weights, summed in f64.
 * Predictions are scores [rows, …, classes] with labels [rows, …] or probabilities of the same
 * shape, or single scores of the targets' shape.
 */
export function logLoss<const Name extends string = 'logLoss'>(options?: ProbabilityOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'logLoss', logits } = checkOptions('metrics.logLoss', options, probabilityRules);
  return {
    name: name as Name,
    targets: targetRule,
    update(prediction, target, weights) {
      const { logs, truth } = probabilitiesOf('metrics.logLoss', prediction, target, logits);
      return sumAndCount(logs.mul(truth).sum(-1).neg(), weights);
    },
    finalize: ratio,
  };
}
