import { checkOptions } from '../options.js';
import { type BinOptions, binned, binRules } from './bins.js';
import type { Metric } from './metric.js';
import { targetRule } from './probabilities.js';

/**
 * Expected calibration error (Naeini et al. 2015): rows are sorted into bins by the probability of
 * their greatest class, bin b holding those above b / bins and up to (b + 1) / bins; the metric is
 * the mean of |share that was right − mean probability| over bins, weighted by their rows.
 * Predictions are scores [rows, …, classes] with labels [rows, …], or single scores of the targets'
 * shape.
 */
export function calibrationError<const Name extends string = 'calibrationError'>(
  options?: BinOptions<Name>,
): Metric<NoInfer<Name>, number> {
  const { name = 'calibrationError', ...terms } = checkOptions('metrics.calibrationError', options, binRules);
  return {
    name: name as Name,
    targets: targetRule,
    update: (prediction, target, weights) => binned('metrics.calibrationError', prediction, target, weights, terms),
    finalize([counts, right, confidence]) {
      const total = counts!.reduce((sum, count) => sum + count, 0);
      return right!.reduce((sum, hits, bin) => sum + Math.abs(hits - confidence![bin]!), 0) / total;
    },
  };
}
