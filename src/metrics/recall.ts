import { checkOptions } from '../options.js';
import type { Metric } from './metric.js';
import { type AverageOptions, averaged, averageRules, share, tallyMetric } from './tally.js';

/**
 * Of the rows of a class, the share that was recognised: hits / actual. 0 for a class that does not
 * occur. Predictions are scores [rows, …, classes] with labels [rows, …], or single scores of the
 * targets' shape.
 */
export function recall<const Name extends string = 'recall'>(options?: AverageOptions<Name>): Metric<NoInfer<Name>, number | number[]> {
  const { name = 'recall', average, ...rest } = checkOptions('metrics.recall', options, averageRules);
  return tallyMetric('metrics.recall', name as Name, rest, (tally) => averaged(tally, average, ({ hits, actual }) => share(hits, actual)));
}
