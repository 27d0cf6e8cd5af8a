import { checkOptions } from '../options.js';
import type { Metric } from './metric.js';
import { share, type TallyOptions, tallyMetric, tallyRules } from './tally.js';

/**
 * Matthews' correlation of labels and predictions, for any number of classes (Gorodkin 2004):
 * (n Σ hits − Σ predicted · actual) / √((n² − Σ predicted²) (n² − Σ actual²)). 0 where a side is
 * constant. Predictions are scores [rows, …, classes] with labels [rows, …], or single scores of
 * the targets' shape.
 */
export function matthews<const Name extends string = 'matthews'>(options?: TallyOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'matthews', ...rest } = checkOptions('metrics.matthews', options, tallyRules);
  return tallyMetric('metrics.matthews', name as Name, rest, ({ classes }) => {
    const sum = (value: (tally: (typeof classes)[number]) => number) => classes.reduce((all, tally) => all + value(tally), 0);
    const n = classes[0]!.total;
    const covariance = n * sum(({ hits }) => hits) - sum(({ predicted, actual }) => predicted * actual);
    const [p, t] = [n * n - sum(({ predicted }) => predicted ** 2), n * n - sum(({ actual }) => actual ** 2)];
    return share(covariance, Math.sqrt(p * t));
  });
}
