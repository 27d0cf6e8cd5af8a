import { checkOptions } from '../options.js';
import { classLabels, targetClasses } from './classes.js';
import { type Metric, type MetricOptions, metricRules, ratio, sumAndCount } from './metric.js';

/**
 * Share of rows whose greatest score (the first of equal ones) is at the label. Predictions are
 * [rows, …, classes], targets labels [rows, …] or scores of the same shape.
 */
export function accuracy<const Name extends string = 'accuracy'>(options?: MetricOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'accuracy' } = checkOptions('metrics.accuracy', options, metricRules);
  return {
    name: name as Name,
    targets: classLabels,
    update(prediction, target, weights) {
      const hit = prediction.argmax(-1).equal(targetClasses('metrics.accuracy', prediction, target));
      return sumAndCount(hit, weights);
    },
    finalize: ratio,
  };
}
