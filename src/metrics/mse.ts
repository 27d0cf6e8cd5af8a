import { matched } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { type Metric, type MetricOptions, metricRules, ratio, sumAndCount } from './metric.js';

/** Mean squared error over all elements. Prediction and target have one shape, [rows, …]. */
export function mse<const Name extends string = 'mse'>(options?: MetricOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'mse' } = checkOptions('metrics.mse', options, metricRules);
  return {
    name: name as Name,
    update: (prediction, target, weights) =>
      sumAndCount(matched('metrics.mse', prediction, target).cast('f64').sub(prediction.cast('f64')).square(), weights),
    finalize: ratio,
  };
}
