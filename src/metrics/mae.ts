import { matched } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { type Metric, type MetricOptions, metricRules, ratio, sumAndCount } from './metric.js';

/** Mean absolute error over all elements. Prediction and target have one shape, [rows, …]. */
export function mae<const Name extends string = 'mae'>(options?: MetricOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'mae' } = checkOptions('metrics.mae', options, metricRules);
  return {
    name: name as Name,
    update: (prediction, target, weights) =>
      sumAndCount(matched('metrics.mae', prediction, target).cast('f64').sub(prediction.cast('f64')).abs(), weights),
    finalize: ratio,
  };
}
