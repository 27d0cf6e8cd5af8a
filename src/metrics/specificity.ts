import { checkOptions } from '../options.js';
import type { Metric } from './metric.js';
import { type AverageOptions, averaged, averageRules, share, tallyMetric } from './tally.js';

/**
 * Of the rows of other classes, the share that was not taken for a class: the recall of the rest.
 * Predictions are scores [rows, …, classes] with labels [rows, …], or single scores of the targets'
 * shape.
 */
export function specificity<const Name extends string = 'specificity'>(
  options?: AverageOptions<Name>,
): Metric<NoInfer<Name>, number | number[]> {
  const { name = 'specificity', average, ...rest } = checkOptions('metrics.specificity', options, averageRules);
  return tallyMetric('metrics.specificity', name as Name, rest, (tally) =>
    averaged(tally, average, ({ hits, predicted, actual, total }) => share(total - predicted - actual + hits, total - actual)),
  );
}
