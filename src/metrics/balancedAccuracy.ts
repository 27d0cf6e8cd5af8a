import { checkOptions } from '../options.js';
import type { Metric } from './metric.js';
import { type TallyOptions, tallyMetric, tallyRules } from './tally.js';

/**
 * The mean of the recalls of all classes that occur. Predictions are scores [rows, …, classes] with
 * labels [rows, …], or single scores of the targets' shape.
 */
export function balancedAccuracy<const Name extends string = 'balancedAccuracy'>(
  options?: TallyOptions<Name>,
): Metric<NoInfer<Name>, number> {
  const { name = 'balancedAccuracy', ...rest } = checkOptions('metrics.balancedAccuracy', options, tallyRules);
  return tallyMetric('metrics.balancedAccuracy', name as Name, rest, ({ classes }) => {
    const present = classes.filter(({ actual }) => actual > 0);
    return present.reduce((sum, { hits, actual }) => sum + hits / actual, 0) / present.length;
  });
}
