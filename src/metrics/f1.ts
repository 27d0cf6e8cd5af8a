import { checkOptions } from '../options.js';
import type { Metric } from './metric.js';
import { type AverageOptions, averaged, averageRules, share, tallyMetric } from './tally.js';

/**
 * The harmonic mean of precision and recall: `fBeta` with β = 1. Predictions are scores
 * [rows, …, classes] with labels [rows, …], or single scores of the targets' shape.
 */
export function f1<const Name extends string = 'f1'>(options?: AverageOptions<Name>): Metric<NoInfer<Name>, number | number[]> {
  const { name = 'f1', average, ...rest } = checkOptions('metrics.f1', options, averageRules);
  return tallyMetric('metrics.f1', name as Name, rest, (tally) =>
    averaged(tally, average, ({ hits, predicted, actual }) => share(2 * hits, predicted + actual)),
  );
}
