import type { Metric } from './metric.js';
import { type RankingOptions, rankingMetric } from './ranking.js';

/**
 * Area under the receiver operating characteristic: the probability that a positive row has a
 * greater score than a negative one, ties counting one half. Exact over all rows, which it keeps
 * until the end. NaN without positives or negatives; such a class does not count in a mean.
 * Predictions are single scores of the targets' shape, or scores [rows, classes] with labels [rows].
 */
export function rocAuc<const Name extends string = 'rocAuc'>(options?: RankingOptions<Name>): Metric<NoInfer<Name>, number | number[]> {
  return rankingMetric<Name>('metrics.rocAuc', 'rocAuc' as Name, options, (levels) => {
    let [positives, negatives, area] = [0, 0, 0];
    for (const { positive, negative } of levels) {
      area += negative * (positives + positive / 2);
      positives += positive;
      negatives += negative;
    }
    return area / (positives * negatives);
  });
}
