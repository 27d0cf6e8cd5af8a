import { checkOptions } from '../options.js';
import type { Metric } from './metric.js';
import { type AverageOptions, averaged, averageRules, share, tallyMetric } from './tally.js';

/**
 * Intersection over union (Jaccard's index): hits / (predicted + actual − hits). With `macro` the
 * mean IoU. Predictions are scores [rows, …, classes] with labels [rows, …], or single scores of the
 * targets' shape.
 */
export function iou<const Name extends string = 'iou'>(options?: AverageOptions<Name>): Metric<NoInfer<Name>, number | number[]> {
  const { name = 'iou', average, ...rest } = checkOptions('metrics.iou', options, averageRules);
  return tallyMetric('metrics.iou', name as Name, rest, (tally) =>
    averaged(tally, average, ({ hits, predicted, actual }) => share(hits, predicted + actual - hits)),
  );
}
