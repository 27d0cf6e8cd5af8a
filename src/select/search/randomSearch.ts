import type { Data } from '../../data/columns.js';
import type { MetricLike, MetricValues } from '../../metrics/metric.js';
import type { Model } from '../../nn/module.js';
import { callable, checkArgument, checkOptions, custom, positiveInteger, withDefault } from '../../options.js';
import { isPlain } from '../../plain.js';
import { callSite } from '../../stack.js';
import { located } from '../../train/plan.js';
import type { SelectData } from '../rowSet.js';
import { type Search, type SearchContext, type SearchOptions, searchRules } from './options.js';
import { search } from './search.js';
import { type Drawn, drawFrom, type Space } from './space.js';

export interface RandomSearchOptions<
  S extends Space = Space,
  M extends readonly MetricLike[] = readonly MetricLike[],
  D extends SelectData = Data,
> extends SearchOptions<Drawn<S>, M, D> {
  /** What is drawn: `space.uniform(…)`, `space.logUniform(…)`, `space.integer(…)`, `space.choice(…)`, or a value that stays the same. */
  readonly space: S;
  /** Configurations that are drawn, by `seed`. Default 10. */
  readonly trials?: number;
}

const rules = {
  ...searchRules,
  space: custom<Space>('an object of distributions: space.…', (value) => isPlain(value) && Object.keys(value).length > 0),
  trials: withDefault(positiveInteger(), 10),
};

/**
 * Tries hyper-parameters that are drawn at random; otherwise as `gridSearch`. With few that matter
 * it finds better ones than a grid of the same cost (Bergstra & Bengio 2012).
 *
 *     await randomSearch(({ units }) => makeModel(units), { x, y }, {
 *       space: { units: space.integer(8, 128), lr: space.logUniform(1e-4, 1e-1) },
 *       trials: 30,
 *       fit: ({ lr }) => ({ loss: losses.mse(), optimizer: optim.adam({ lr }), epochs: 20 }),
 *     });
 */
export async function randomSearch<const S extends Space, const M extends readonly MetricLike[] = readonly [], D extends SelectData = Data>(
  makeModel: (parameters: Drawn<S>, context: SearchContext<D>) => Model,
  data: D,
  options: RandomSearchOptions<S, M, D>,
): Promise<Search<Drawn<S>, { readonly loss: number } & MetricValues<M>>> {
  const site = callSite();
  try {
    checkArgument('randomSearch', 'makeModel', makeModel, callable());
    const { space, trials, ...checked } = checkOptions('randomSearch', options, rules);
    const configurations = Array.from({ length: trials }, (_, n) => drawFrom(space, checked.seed, n));
    return (await search('randomSearch', makeModel, data, configurations, checked)) as never;
  } catch (error) {
    throw located(error, site);
  }
}
