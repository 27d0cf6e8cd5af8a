import { checkOptions } from '../options.js';
import { type Metric, ratio, sumAndCount } from './metric.js';
import { type ProbabilityOptions, probabilitiesOf, probabilityRules, targetRule } from './probabilities.js';

/**
 * Brier's score (1950), half of it, so that it lies between 0 and 1: mean of Σ (p − t)² / 2 over the
 * classes of a row. For two classes that is (p − t)² of the positive one. Predictions are scores
 * [rows, …, classes] with labels [rows, …] or probabilities of the same shape, or single scores of
 * the targets' shape.
 */
export function brier<const Name extends string = 'brier'>(options?: ProbabilityOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'brier', logits } = checkOptions('metrics.brier', options, probabilityRules);
  return {
    name: name as Name,
    targets: targetRule,
    update(prediction, target, weights) {
      const { probabilities, truth } = probabilitiesOf('metrics.brier', prediction, target, logits);
      return sumAndCount(probabilities.sub(truth).square().sum(-1).mul(0.5), weights);
    },
    finalize: ratio,
  };
}
