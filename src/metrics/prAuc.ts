import type { Metric } from './metric.js';
import { type RankingOptions, rankingMetric } from './ranking.js';

/**
 * Area under the curve of precision over recall, as average precision: Σ (R[n] − R[n − 1]) P[n] over
 * the distinct scores from the greatest down, without interpolation. Exact over all rows, which it
 * keeps until the end. NaN without positives; such a class does not count in a mean. Predictions are
 * single scores of the targets' shape, or scores [rows, classes] with labels [rows].
 */
export function prAuc<const Name extends string = 'prAuc'>(options?: RankingOptions<Name>): Metric<NoInfer<Name>, number | number[]> {
  return rankingMetric<Name>('metrics.prAuc', 'prAuc' as Name, options, (levels) => {
    let [hits, said, area] = [0, 0, 0];
    for (const { positive, negative } of levels) {
      hits += positive;
      said += positive + negative;
      if (positive > 0) area += (positive * hits) / said;
    }
    return area / hits;
  });
}
