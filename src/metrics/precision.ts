import { checkOptions } from '../options.js';
import type { Metric } from './metric.js';
import { type AverageOptions, averaged, averageRules, share, tallyMetric } from './tally.js';

/**
 * Of the rows that were taken for a class, the share that belongs to it: hits / predicted. 0 for a
 * class that was never predicted. Predictions are scores [rows, …, classes] with labels [rows, …],
 * or single scores of the targets' shape.
 */
export function precision<const Name extends string = 'precision'>(
  options?: AverageOptions<Name>,
): Metric<NoInfer<Name>, number | number[]> {
  const { name = 'precision', average, ...rest } = checkOptions('metrics.precision', options, averageRules);
  return tallyMetric('metrics.precision', name as Name, rest, (tally) =>
    averaged(tally, average, ({ hits, predicted }) => share(hits, predicted)),
  );
}
