import { checkOptions } from '../options.js';
import { logLoss } from './logLoss.js';
import { type Metric, ratio } from './metric.js';
import { type ProbabilityOptions, probabilityRules } from './probabilities.js';

/** e to the `logLoss`: among how many equally likely classes the model seems to choose. Shapes as there. */
export function perplexity<const Name extends string = 'perplexity'>(options?: ProbabilityOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'perplexity', logits } = checkOptions('metrics.perplexity', options, probabilityRules);
  return { ...logLoss({ logits }), name: name as Name, finalize: (sums) => Math.exp(ratio(sums)) };
}
