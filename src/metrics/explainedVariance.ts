import { alongRows, matched } from '../losses/loss.js';
import { checkOptions } from '../options.js';
import { tensor } from '../tensor/functional.js';
import { type Metric, type MetricOptions, metricRules } from './metric.js';

/** Less of the squares than this is rounding: the column is constant. */
const ROUNDING = 1e-13;

/** Σ x² − (Σ x)² / n, 0 where that is rounding. */
function spread(sum: number, squares: number, count: number): number {
  const value = squares - sum ** 2 / count;
  return value <= ROUNDING * squares ? 0 : value;
}

/**
 * 1 − variance of t − p / variance of t, for every column of [rows, …], then their mean: `r2` that
 * forgives a constant offset. A column of equal targets counts 1 if the errors are equal too, else
 * 0. Summed in f64.
 */
export function explainedVariance<const Name extends string = 'explainedVariance'>(
  options?: MetricOptions<Name>,
): Metric<NoInfer<Name>, number> {
  const { name = 'explainedVariance' } = checkOptions('metrics.explainedVariance', options, metricRules);
  return {
    name: name as Name,
    update(prediction, target, weights) {
      const t = matched('metrics.explainedVariance', prediction, target).cast('f64');
      const error = t.sub(prediction.cast('f64'));
      const w = weights ? alongRows(weights, t) : undefined;
      const perColumn = (x: typeof t) => (w ? x.mul(w) : x).sum(0);
      return [w ? w.sum() : tensor(t.shape[0] ?? 1, 'f64'), ...[t, t.square(), error, error.square()].map(perColumn)];
    },
    finalize([count, sum, squares, errors, squaredErrors]) {
      let total = 0;
      for (let column = 0; column < sum!.length; column++) {
        const whole = spread(sum![column]!, squares![column]!, count![0]!);
        const left = spread(errors![column]!, squaredErrors![column]!, count![0]!);
        total += whole === 0 ? Number(left === 0) : 1 - left / whole;
      }
      return total / sum!.length;
    },
  };
}
