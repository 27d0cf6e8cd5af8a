import { checkOptions, positive, withDefault } from '../options.js';
import type { Metric } from './metric.js';
import { type AverageOptions, averaged, averageRules, share, tallyMetric } from './tally.js';

export interface FBetaOptions<Name extends string = string> extends AverageOptions<Name> {
  /** How many times recall counts as much as precision. Default 1. */
  readonly beta?: number;
}

const rules = { ...averageRules, beta: withDefault(positive(), 1) };

/**
 * The harmonic mean of precision and recall, recall weighted β² (van Rijsbergen 1979):
 * (1 + β²) hits / (β² actual + predicted). Predictions are scores [rows, …, classes] with labels
 * [rows, …], or single scores of the targets' shape.
 */
export function fBeta<const Name extends string = 'fBeta'>(options?: FBetaOptions<Name>): Metric<NoInfer<Name>, number | number[]> {
  const { name = 'fBeta', average, beta, ...rest } = checkOptions('metrics.fBeta', options, rules);
  const weight = beta * beta;
  return tallyMetric('metrics.fBeta', name as Name, rest, (tally) =>
    averaged(tally, average, ({ hits, predicted, actual }) => share((1 + weight) * hits, weight * actual + predicted)),
  );
}
