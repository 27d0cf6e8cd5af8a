import { matched } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { type Metric, type MetricOptions, metricRules, ratio, sumAndCount } from './metric.js';

/** Root of the mean squared error over all elements. Prediction and target have one shape, [rows, …]. */
export function rmse<const Name extends string = 'rmse'>(options?: MetricOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'rmse' } = checkOptions('metrics.rmse', options, metricRules);
  return {
    name: name as Name,
    update: (prediction, target, weights) =>
      sumAndCount(matched('metrics.rmse', prediction, target).cast('f64').sub(prediction.cast('f64')).square(), weights),
    finalize: (sums) => Math.sqrt(ratio(sums)),
  };
}
