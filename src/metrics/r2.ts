import { alongRows, matched } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { tensor } from '../tensor/functional.js';
import { type Metric, type MetricOptions, metricRules } from './metric.js';

/** Less of the squares than this is rounding: the column is constant. */
const ROUNDING = 1e-13;

/**
 * Coefficient of determination, 1 − Σ (t − p)² / Σ (t − mean t)², for every column of [rows, …],
 * then their mean. A column of equal targets counts 1 if the predictions are exact, else 0. Needs
 * the mean of all targets, so it is summed in f64.
 */
export function r2<const Name extends string = 'r2'>(options?: MetricOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'r2' } = checkOptions('metrics.r2', options, metricRules);
  return {
    name: name as Name,
    update(prediction, target, weights) {
      const p = prediction.cast('f64');
      const t = matched('metrics.r2', prediction, target).cast('f64');
      const w = weights ? alongRows(weights, t) : undefined;
      const perColumn = (x: typeof t) => (w ? x.mul(w) : x).sum(0);
      return [w ? w.sum() : tensor(t.shape[0] ?? 1, 'f64'), perColumn(t), perColumn(t.square()), perColumn(t.sub(p).square())];
    },
    finalize([count, sum, squares, residual]) {
      let total = 0;
      for (let column = 0; column < sum!.length; column++) {
        const spread = squares![column]! - sum![column]! ** 2 / count![0]!;
        const constant = spread <= ROUNDING * squares![column]!;
        total += constant ? Number(residual![column] === 0) : 1 - residual![column]! / spread;
      }
      return total / sum!.length;
    },
  };
}
