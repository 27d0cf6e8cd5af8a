import { matched } from '../losses/loss.js';
import { bool, checkOptions, numberIn, withDefault } from '../options.js';
import { type Metric, type MetricOptions, metricRules, ratio, sumAndCount } from './metric.js';

export interface BinaryAccuracyOptions<Name extends string = string> extends MetricOptions<Name> {
  /** A probability above it counts as 1. Default 0.5. */
  readonly threshold?: number;
  /** The predictions are logits, as `losses.binaryCrossEntropy` wants them: x counts as σ(x). False: probabilities. Default true. */
  readonly logits?: boolean;
}

const rules = { ...metricRules, threshold: withDefault(numberIn(0, 1, 'both'), 0.5), logits: withDefault(bool(), true) };

/** Share of elements where (prediction > threshold) equals (target > 0.5). Both have one shape, [rows, …]. */
export function binaryAccuracy<const Name extends string = 'binaryAccuracy'>(
  options?: BinaryAccuracyOptions<Name>,
): Metric<NoInfer<Name>, number> {
  const { name = 'binaryAccuracy', threshold, logits } = checkOptions('metrics.binaryAccuracy', options, rules);
  const level = logits ? Math.log(threshold / (1 - threshold)) : threshold;
  return {
    name: name as Name,
    update(prediction, target, weights) {
      const { dtype } = prediction;
      const truth = matched('metrics.binaryAccuracy', prediction, target).greater(0.5).cast(dtype);
      const hit = prediction.greater(level).cast(dtype).equal(truth);
      return sumAndCount(hit, weights);
    },
    finalize: ratio,
  };
}
