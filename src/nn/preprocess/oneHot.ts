import { OptionError } from '../../errors.js';
import { checkOptions, custom, integer, oneOf, optional, type Rules, withDefault } from '../../options.js';
import { array, type NDArray } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { currentTrace } from '../../tensor/trace.js';
import { Variable } from '../../tensor/variable.js';
import { modelDType } from '../module.js';
import { Categories, canonical, canonicalNumber } from './categories.js';
import { Axes, unfit } from './features.js';
import type { Accumulator, Finding, InputTraits, Inspection, Preparation } from './preparation.js';
import { Preprocessor } from './preprocessor.js';
import { Statistic, unfitted } from './statistic.js';

export interface OneHotOptions {
  /** The categories of each feature, one list a feature. Default: what the training data hold, in ascending order. */
  readonly categories?: readonly (readonly number[])[];
  /** What a number becomes that is no category: an error (default), or zeros. */
  readonly handleUnknown?: 'error' | 'ignore';
  /** `category`: NaN is a category like any other, the last one. Default: data may not hold NaN. */
  readonly missing?: 'error' | 'category';
  /** Fitting refuses a feature with more categories: it is hardly one of names. Default 1000. */
  readonly limit?: number;
}

const isLists = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (list) =>
      Array.isArray(list) &&
      list.length > 0 &&
      list.every((one) => typeof one === 'number' && Math.abs(one) !== Number.POSITIVE_INFINITY) &&
      new Set(list.map(canonicalNumber)).size === list.length,
  );

const rules = {
  categories: optional(custom<readonly (readonly number[])[]>('an array of one list of different numbers for each feature', isLists)),
  handleUnknown: withDefault(oneOf('error', 'ignore'), 'error'),
  missing: withDefault(oneOf('error', 'category'), 'error'),
  limit: withDefault(integer(1), 1000),
} satisfies Rules<OneHotOptions>;
const NAME = 'nn.oneHot';

/** Categories that an error lists. */
const LISTED = 10;

interface Lists {
  readonly categories: NDArray;
  readonly features: NDArray;
  readonly counts: NDArray;
}

/** One list after the other. */
function flat(lists: readonly (readonly number[])[]): Lists {
  return {
    categories: array(Float64Array.from(lists.flat(), canonicalNumber)),
    features: array(Int32Array.from(lists.flatMap((list, feature) => list.map(() => feature)))),
    counts: array(Int32Array.from(lists, ({ length }) => length)),
  };
}

/** Given ones never change; others are fitted. */
function state(given: NDArray | undefined, dtype: 'f64' | 'i32'): Variable {
  return given ? new Variable({ shape: given.shape, dtype, init: () => given }) : new Statistic(NAME, dtype);
}

/** See `oneHot`. */
export class OneHot extends Preprocessor {
  /** f64, [outputs]: the category of each output */
  readonly categories: Variable;
  /** i32, [outputs]: the feature that it belongs to */
  readonly features: Variable;
  /** i32, [features]: how many categories each has */
  readonly counts: Variable;
  readonly handleUnknown: 'error' | 'ignore';
  readonly missing: 'error' | 'category';
  readonly limit: number;
  readonly #axes = new Axes(NAME, [-1]);

  constructor(options?: OneHotOptions) {
    super();
    const { categories, handleUnknown, missing, limit } = checkOptions(NAME, options, rules);
    this.handleUnknown = handleUnknown;
    this.missing = missing;
    this.limit = limit;
    if (missing === 'error' && categories?.some((list) => list.some(Number.isNaN))) {
      throw new OptionError(`${NAME}: NaN as a category needs missing: 'category'`, { op: NAME });
    }
    const lists = categories && flat(categories);
    this.categories = state(lists?.categories, 'f64');
    this.features = state(lists?.features, 'i32');
    this.counts = state(lists?.counts, 'i32');
  }

  override inputTraits(): InputTraits {
    return { missing: this.missing === 'category' ? 'all' : [], passesMissing: false, precise: true };
  }

  override preparation(): Preparation {
    const statistics = [this.categories, this.features, this.counts].filter((one): one is Statistic => one instanceof Statistic);
    const inspection: Inspection = { look: (x) => this.#look(x), judge };
    return { name: NAME, statistics, begin: () => this.#begin(), ...(this.handleUnknown === 'error' && { inspection }) };
  }

  protected override get keepsFeatures(): boolean {
    return false;
  }

  protected transform(x: Tensor): Tensor {
    const hits = this.#hits(x);
    return hits.reshape([...x.shape.slice(0, -1), hits.shape[1]!]).cast(modelDType());
  }

  /** bool, [rows, outputs] */
  #hits(x: Tensor): Tensor {
    const { categories, features, counts, missing } = this;
    if (!categories.defined || !counts.defined) throw unfitted(NAME, currentTrace().scope);
    const wide = counts.shape[0]!;
    if (x.rank < 2 || x.shape.at(-1) !== wide) throw unfit(NAME, `rows and ${wide} features along its last axis`, x);
    // Also what is not computed with: a checkpoint keeps what a step reads.
    counts.read();
    const owners = features.read();
    const rows = canonical(this.#axes.matrix(x));
    const given = wide === 1 ? rows : rows.transpose().gather(owners).transpose();
    const wanted = categories.read().cast(x.dtype);
    const hits = given.equal(wanted);
    return missing === 'category' ? hits.or(given.isNaN().and(wanted.isNaN())) : hits;
  }

  /** Whether all rows are known, the first that is not, its numbers, and what they are compared with. */
  #look(x: Tensor): Tensor[] {
    const hits = this.#hits(x).cast('i32').sum(-1);
    const known = hits.greaterEqual(this.counts.shape[0]!).reshape([x.shape[0]!, -1]).all(-1);
    const first = known.cast('i32').argmin();
    return [known.all(), first, canonical(x).gather(first), this.categories.read().cast(x.dtype), this.features.read()];
  }

  #begin(): Accumulator {
    const categories = new Categories();
    return {
      add: (x) => categories.add(this.#axes.matrix(x)),
      keep: (values, fault) => {
        const many = categories.keep(values, this.limit);
        if (many === undefined) return;
        throw fault(many, `has more than ${this.limit} different numbers; is it one of categories? Standardize it, or raise limit`);
      },
      end: (fault) => {
        const lists = categories.read();
        const missing = this.missing === 'error' ? lists.findIndex((list) => Number.isNaN(list.at(-1))) : -1;
        if (missing >= 0) throw fault(missing, "holds NaN; fill it first, or use missing: 'category'");
        const found = flat(lists);
        return new Map((['categories', 'features', 'counts'] as const).map((name) => [this[name] as Statistic, found[name]]));
      },
    };
  }
}

/** See `Inspection`. */
function judge([known, row, numbers, categories, features]: readonly NDArray[]): Finding | undefined {
  if (known!.item() === 1) return undefined;
  const of = (feature: number) => [...categories!.data].filter((_, i) => features!.data[i] === feature);
  const width = features!.data.at(-1)! + 1;
  const at = numbers!.data.findIndex((value, i) => !of(i % width).some((one) => Object.is(one + 0, value + 0)));
  const list = of(at % width);
  const rest = list.length > LISTED ? `, … (${list.length} in all)` : '';
  return {
    row: row!.item(),
    feature: at % width,
    reason: `holds ${numbers!.data[at]}, which is none of its categories ${list.slice(0, LISTED).join(', ')}${rest}; handleUnknown: 'ignore' takes such as zeros`,
  };
}

/**
 * Whole numbers that stand for names, as scikit-learn's OneHotEncoder: each feature becomes as many
 * as it has categories, 1 for the one it is and 0 for the others. `[…, features] → […, outputs]`.
 *
 * Categories are given, or fitted and kept as the statistics of `standardize` are; how many there
 * are is fixed with the first fit. `fit`, `evaluate` and `predict` reject data with a number that
 * is none of them, unless told to ignore it. Numbers that are not whole are compared as f32.
 */
export function oneHot(options?: OneHotOptions): OneHot {
  return new OneHot(options);
}
