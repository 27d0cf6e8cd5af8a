import { checkOptions, positiveInteger, withDefault } from '../options.js';
import { iota } from '../tensor/functional.js';
import { classLabels, targetClasses } from './classes.js';
import { type Metric, type MetricOptions, metricRules, ratio, sumAndCount } from './metric.js';

export interface TopKOptions<Name extends string = string> extends MetricOptions<Name> {
  /** How many of the greatest scores count. Default 5. */
  readonly k?: number;
}

const rules = { ...metricRules, k: withDefault(positiveInteger(), 5) };

/**
 * Share of rows whose label is among the k greatest scores; of equal scores the one at the smaller
 * index comes first, so that k = 1 is `accuracy`. Predictions are [rows, …, classes], targets
 * labels [rows, …] or scores of the same shape.
 */
export function topK<const Name extends string = 'topK'>(options?: TopKOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'topK', k } = checkOptions('metrics.topK', options, rules);
  return {
    name: name as Name,
    targets: classLabels,
    update(prediction, target, weights) {
      const label = targetClasses('metrics.topK', prediction, target).expandDims(-1);
      const classes = iota(prediction.shape);
      const own = classes.equal(label).select(prediction, 0).sum(-1, { keepDims: true });
      const before = prediction.greater(own).or(prediction.equal(own).and(classes.less(label)));
      const rank = before.cast(prediction.dtype).sum(-1);
      return sumAndCount(rank.less(k), weights);
    },
    finalize: ratio,
  };
}
