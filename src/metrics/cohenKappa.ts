import { checkOptions, oneOf, withDefault } from '../options.js';
import type { Metric } from './metric.js';
import { type ClassTally, type TallyOptions, tallyMetric, tallyRules } from './tally.js';

export interface CohenKappaOptions<Name extends string = string> extends TallyOptions<Name> {
  /** What a disagreement of classes i and j costs: `none` 1, `linear` |i − j|, `quadratic` (i − j)². Default none. */
  readonly weights?: 'none' | 'linear' | 'quadratic';
}

const rules = { ...tallyRules, weights: withDefault(oneOf('none', 'linear', 'quadratic'), 'none') };
const POWERS = { none: 0, linear: 1, quadratic: 2 };

/** What disagreement would cost if predictions were drawn at random with the same frequencies. */
function expectedCost(classes: readonly ClassTally[], power: number): number {
  let cost = 0;
  for (const [i, { actual }] of classes.entries()) {
    for (const [j, { predicted }] of classes.entries()) if (i !== j) cost += actual * predicted * Math.abs(i - j) ** power;
  }
  return cost / classes[0]!.total;
}

/**
 * Cohen's kappa (1960; weighted 1968): 1 − cost of disagreement / expected cost of random agreement.
 * NaN where labels and predictions are one and the same class throughout. Predictions are scores
 * [rows, …, classes] with labels [rows, …], or single scores of the targets' shape.
 */
export function cohenKappa<const Name extends string = 'cohenKappa'>(options?: CohenKappaOptions<Name>): Metric<NoInfer<Name>, number> {
  const { name = 'cohenKappa', weights, ...rest } = checkOptions('metrics.cohenKappa', options, rules);
  return tallyMetric('metrics.cohenKappa', name as Name, rest, ({ classes, distance, squaredDistance }) => {
    const missed = classes[0]!.total - classes.reduce((sum, { hits }) => sum + hits, 0);
    const cost = { none: missed, linear: distance, quadratic: squaredDistance }[weights];
    return 1 - cost / expectedCost(classes, POWERS[weights]);
  });
}
