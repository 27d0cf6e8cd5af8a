import { alongRows } from '../losses/loss.js';
import { checkOptions, positiveInteger, withDefault } from '../options.js';
import { tensor } from '../tensor/functional.js';
import type { Metric } from './metric.js';
import { type ProbabilityOptions, probabilitiesOf, probabilityRules, targetRule } from './probabilities.js';

export interface CalibrationErrorOptions<Name extends string = string> extends ProbabilityOptions<Name> {
  /** Intervals of confidence, equally wide. Default 15. */
  readonly bins?: number;
}

const rules = { ...probabilityRules, bins: withDefault(positiveInteger(), 15) };

/**
 * Expected calibration error (Naeini et al. 2015): rows are sorted into bins by the probability of
 * their greatest class, bin b holding those above b / bins and up to (b + 1) / bins; the metric is
 * the mean of |share that was right − mean probability| over bins, weighted by their rows.
 * Predictions are scores [rows, …, classes] with labels [rows, …], or single scores of the targets'
 * shape.
 */
export function calibrationError<const Name extends string = 'calibrationError'>(
  options?: CalibrationErrorOptions<Name>,
): Metric<NoInfer<Name>, number> {
  const { name = 'calibrationError', logits, bins } = checkOptions('metrics.calibrationError', options, rules);
  return {
    name: name as Name,
    targets: targetRule,
    update(prediction, target, weights) {
      const { probabilities, truth } = probabilitiesOf('metrics.calibrationError', prediction, target, logits);
      const confidence = probabilities.max(-1).reshape([-1]);
      const right = probabilities.argmax(-1).equal(truth.argmax(-1)).cast('f64').reshape([-1]);
      // Up to and with the upper end, as the definition says.
      const bin = confidence
        .mul(-bins)
        .floor()
        .neg()
        .sub(1)
        .clip(0, bins - 1)
        .cast('i32');
      const rows = truth.sum(-1);
      const each = weights ? alongRows(weights, rows).broadcastTo(rows.shape).reshape([-1, 1]) : tensor(1, 'f64');
      const among = bin.oneHot(bins).cast('f64').mul(each);
      return [among.sum(0), among.mul(right.expandDims(-1)).sum(0), among.mul(confidence.expandDims(-1)).sum(0)];
    },
    finalize([counts, right, confidence]) {
      const total = counts!.reduce((sum, count) => sum + count, 0);
      return right!.reduce((sum, hits, bin) => sum + Math.abs(hits - confidence![bin]!), 0) / total;
    },
  };
}
