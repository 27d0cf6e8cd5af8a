import type { Data } from '../../data/columns.js';
import type { MetricLike, MetricValues } from '../../metrics/metric.js';
import type { Model } from '../../nn/module.js';
import { callable, checkArgument, checkOptions } from '../../options.js';
import { callSite } from '../../stack.js';
import { located } from '../../train/plan.js';
import type { SelectData } from '../rowSet.js';
import { type Search, type SearchContext, type SearchOptions, searchRules } from './options.js';
import { search } from './search.js';
import { combinations, gridRule } from './space.js';

/** Lists of values by the names of hyper-parameters. */
export type Grid = Readonly<Record<string, readonly unknown[]>>;

/** One value of each list. */
export type GridPoint<G extends Grid> = { readonly [K in keyof G]: G[K][number] };

export interface GridSearchOptions<
  G extends Grid = Grid,
  M extends readonly MetricLike[] = readonly MetricLike[],
  D extends SelectData = Data,
> extends SearchOptions<GridPoint<G>, M, D> {
  /** Every combination of these values is tried. */
  readonly grid: G;
}

const rules = { ...searchRules, grid: gridRule() };

/**
 * Tries every combination of hyper-parameters by cross-validation, several runs at a time, and
 * trains the best one on all data.
 *
 *     const { best, model } = await gridSearch(({ units }) => makeModel(units), { x, y }, {
 *       grid: { units: [16, 64], lr: [1e-3, 1e-2] },
 *       fit: ({ lr }) => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr }), epochs: 27 }),
 *       metrics: [metrics.accuracy()], monitor: 'accuracy',
 *       halving: { resource: 'epochs', max: 27 },
 *     });
 *
 * A configuration whose loss or gradients are not finite counts as failed and does not end the
 * search; all other errors do, with the configuration and the fold in the message. The same
 * whatever runs at a time.
 */
export async function gridSearch<const G extends Grid, const M extends readonly MetricLike[] = readonly [], D extends SelectData = Data>(
  makeModel: (parameters: GridPoint<G>, context: SearchContext<D>) => Model,
  data: D,
  options: GridSearchOptions<G, M, D>,
): Promise<Search<GridPoint<G>, { readonly loss: number } & MetricValues<M>>> {
  const site = callSite();
  try {
    checkArgument('gridSearch', 'makeModel', makeModel, callable());
    const { grid, ...checked } = checkOptions('gridSearch', options, rules);
    return (await search('gridSearch', makeModel, data, combinations(grid), checked)) as never;
  } catch (error) {
    throw located(error, site);
  }
}
