import { OptionError } from '../errors.js';
import { alongRows } from '../losses/loss.js';
import { checkOptions, integer } from '../options.js';
import { classLabels, targetClasses } from './classes.js';
import { type Metric, type MetricOptions, metricRules } from './metric.js';

export interface ConfusionMatrixOptions<Name extends string = string> extends MetricOptions<Name> {
  /** As many as the predictions have scores. */
  readonly classes: number;
}

const rules = { ...metricRules, classes: integer(2) };

/** A square matrix by rows. Written out: for a thousand classes iterators would take tens of milliseconds. */
export function matrixRows(elements: Float64Array, classes: number): number[][] {
  const rows: number[][] = [];
  for (let row = 0; row < classes; row++) {
    const numbers: number[] = [];
    for (let column = 0; column < classes; column++) numbers.push(elements[row * classes + column]!);
    rows.push(numbers);
  }
  return rows;
}

/**
 * How often each class was taken for each: row = label, column = the greatest score. With sample
 * weights, the sums of the weights. Predictions are [rows, …, classes], targets labels [rows, …]
 * or scores of the same shape.
 */
export function confusionMatrix<const Name extends string = 'confusionMatrix'>(
  options: ConfusionMatrixOptions<Name>,
): Metric<NoInfer<Name>, number[][]> {
  const { name = 'confusionMatrix', classes } = checkOptions('metrics.confusionMatrix', options, rules);
  return {
    name: name as Name,
    targets: classLabels,
    update(prediction, target, weights) {
      if (prediction.shape.at(-1) !== classes) {
        throw new OptionError(
          `metrics.confusionMatrix: classes is ${classes}, but the predictions have ${prediction.shape.at(-1)} scores a row`,
        );
      }
      const labels = targetClasses('metrics.confusionMatrix', prediction, target);
      const truth = labels.oneHot(classes).cast('f64').reshape([-1, classes]);
      const said = prediction.argmax(-1).oneHot(classes).cast('f64');
      const counted = weights ? said.mul(alongRows(weights, said)) : said;
      return [truth.matmul(counted.reshape([-1, classes]), { transposeA: true })];
    },
    finalize([counts]) {
      return matrixRows(counts!, classes);
    },
  };
}
