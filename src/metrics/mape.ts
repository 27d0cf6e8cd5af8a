import { matched } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { type Metric, type MetricOptions, metricRules, ratio, sumAndCount } from './metric.js';

/** The least that an error is divided by: the gap after 1 in float64, as in scikit-learn. */
const LEAST = 2 ** -52;

/** Mean of |t − p| / |t|, 1 for an error as great as the target. Prediction and target have one shape, [rows, …]. */
export function mape<const Name extends string = 'mape'>(options?: MetricOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'mape' } = checkOptions('metrics.mape', options, metricRules);
  return {
    name: name as Name,
    update(prediction, target, weights) {
      const t = matched('metrics.mape', prediction, target).cast('f64');
      return sumAndCount(t.sub(prediction.cast('f64')).abs().div(t.abs().maximum(LEAST)), weights);
    },
    finalize: ratio,
  };
}
