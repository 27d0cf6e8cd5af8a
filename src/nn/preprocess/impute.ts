import { OptionError } from '../../errors.js';
import { bool, checkOptions, finite, oneOf, optional, type Rules, withDefault } from '../../options.js';
import { concat, where } from '../../tensor/functional.js';
import { array, type NDArray } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { Axes } from './features.js';
import { Moments } from './moments.js';
import { median, mostFrequent, Ordered } from './ordered.js';
import type { Accumulator, InputTraits, Preparation } from './preparation.js';
import { Preprocessor } from './preprocessor.js';
import { Statistic } from './statistic.js';

export type ImputeStrategy = 'mean' | 'median' | 'mostFrequent' | 'constant';

export interface ImputeOptions {
  /**
   * What NaN becomes: the mean, the median or the most frequent number of its feature in the
   * training data (the least of several), or `value`. Default mean.
   */
  readonly strategy?: ImputeStrategy;
  /** Of the strategy `constant`. Default 0. */
  readonly value?: number;
  /** Appends as many features that are 1 where a number was missing, else 0. Default false. */
  readonly indicator?: boolean;
}

const rules = {
  strategy: withDefault(oneOf('mean', 'median', 'mostFrequent', 'constant'), 'mean'),
  value: optional(finite()),
  indicator: withDefault(bool(), false),
} satisfies Rules<ImputeOptions>;
const NAME = 'nn.impute';

/** What a strategy gathers. */
interface Gatherer {
  add(x: Tensor): readonly Tensor[];
  keep?(values: readonly NDArray[]): void;
  /** NaN for a feature without a number. */
  read(): Promise<Float64Array> | Float64Array;
}

function meanOf(): Gatherer {
  const moments = new Moments();
  return {
    add(x) {
      moments.add(x.cast('f64'));
      return [];
    },
    read() {
      const { count, mean } = moments.read();
      return mean.map((value, i) => (count[i] === 0 ? Number.NaN : value));
    },
  };
}

function orderOf(program: typeof median): Gatherer {
  const ordered = new Ordered(program);
  return { add: (x) => [ordered.add(x)], keep: ([block]) => ordered.keep(block!), read: () => ordered.read() };
}

const GATHERERS = {
  mean: meanOf,
  median: () => orderOf(median),
  mostFrequent: () => orderOf(mostFrequent),
};

/** See `impute`. */
export class Impute extends Preprocessor {
  /** f64, [features]; the constant strategy has none */
  readonly fill: Statistic | undefined;
  readonly strategy: ImputeStrategy;
  readonly value: number;
  readonly indicator: boolean;
  readonly #axes = new Axes(NAME, [-1]);

  constructor(options?: ImputeOptions) {
    super();
    const { strategy, value, indicator } = checkOptions(NAME, options, rules);
    if (value !== undefined && strategy !== 'constant') {
      throw new OptionError(`${NAME}: value belongs to the strategy "constant", found strategy "${strategy}"`, { op: NAME });
    }
    this.strategy = strategy;
    this.value = value ?? 0;
    this.indicator = indicator;
    if (strategy !== 'constant') this.fill = new Statistic(NAME);
  }

  override inputTraits(): InputTraits {
    return { missing: 'all', passesMissing: false, precise: true };
  }

  override preparation(): Preparation | undefined {
    const { fill, strategy } = this;
    if (!fill || strategy === 'constant') return undefined;
    return { name: NAME, statistics: [fill], begin: () => this.#begin(fill, GATHERERS[strategy]()) };
  }

  protected transform(x: Tensor): Tensor {
    const missing = x.isNaN();
    const fill = this.fill ? this.#axes.beside(this.fill, x).cast(x.dtype) : this.value;
    const filled = where(missing, fill, x);
    return this.indicator ? concat([filled, missing.cast(x.dtype)], -1) : filled;
  }

  #begin(fill: Statistic, gatherer: Gatherer): Accumulator {
    return {
      add: (x) => gatherer.add(this.#axes.matrix(x)),
      keep: (values) => gatherer.keep?.(values),
      end: async (fault) => {
        const found = await gatherer.read();
        const at = found.findIndex((value) => !Number.isFinite(value));
        if (at < 0) return new Map([[fill, array(found)]]);
        throw fault(
          at,
          Number.isNaN(found[at])
            ? 'has no number, only NaN; leave it out, or use the strategy "constant"'
            : `holds numbers that are too large for a ${this.strategy}`,
        );
      },
    };
  }
}

/**
 * Numbers in place of NaN, as scikit-learn's SimpleImputer. With it as the first layer, or in
 * `columns` for some of them, data for `fit`, `evaluate` and `predict` may hold NaN there.
 *
 * Fitted and kept as `standardize` is. A feature of the training data without any number is an error.
 */
export function impute(options?: ImputeOptions): Impute {
  return new Impute(options);
}
