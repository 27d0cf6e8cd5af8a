import { bool, checkOptions, custom, type Rules, withDefault } from '../../options.js';
import { array } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { modelDType } from '../module.js';
import { Extremes } from './extremes.js';
import { Axes, axesRule } from './features.js';
import type { Accumulator, InputTraits, Preparation } from './preparation.js';
import { centred, divisor, Preprocessor } from './preprocessor.js';
import { Statistic } from './statistic.js';

export interface MinMaxOptions {
  /** Where the least and the greatest number of the training data go. Default [0, 1]. */
  readonly range?: readonly [low: number, high: number];
  /** Numbers outside those of the training data go to the ends of the range. Default false: beyond them. */
  readonly clip?: boolean;
  /** As of `standardize`. Default [-1]. */
  readonly axes?: readonly number[];
}

const isRange = (value: unknown) =>
  Array.isArray(value) && value.length === 2 && value.every((end) => Number.isFinite(end)) && value[0] < value[1];

const rules = {
  range: withDefault(custom<readonly [number, number]>('two numbers [low, high], low below high', isRange), [0, 1]),
  clip: withDefault(bool(), false),
  axes: withDefault(axesRule(), [-1]),
} satisfies Rules<MinMaxOptions>;
const NAME = 'nn.minMax';

/** See `minMax`. */
export class MinMax extends Preprocessor {
  /** f64, [features] */
  readonly min = new Statistic(NAME);
  /** f64, [features]: greatest less least number, 1 for a constant feature */
  readonly span = new Statistic(NAME);
  readonly range: readonly [number, number];
  readonly clip: boolean;
  readonly #axes: Axes;

  constructor(options?: MinMaxOptions) {
    super();
    const { range, clip, axes } = checkOptions(NAME, options, rules);
    this.range = [...range];
    this.clip = clip;
    this.#axes = new Axes(NAME, axes);
  }

  override inputTraits(): InputTraits {
    return { missing: [], passesMissing: true, precise: true };
  }

  override preparation(): Preparation {
    return { name: NAME, statistics: [this.min, this.span], begin: () => this.#begin() };
  }

  protected transform(x: Tensor): Tensor {
    const [low, high] = this.range;
    const min = this.#axes.beside(this.min, x);
    const span = this.#axes.beside(this.span, x);
    const unit = centred(x, min).div(divisor(span, x)).cast(modelDType());
    const inside = this.clip ? unit.clip(0, 1) : unit;
    return low === 0 && high === 1 ? inside : inside.mul(high - low).add(low);
  }

  #begin(): Accumulator {
    const extremes = new Extremes();
    let shape: readonly number[] = [];
    return {
      add: (x) => {
        shape = this.#axes.shape(x);
        extremes.add(this.#axes.matrix(x).cast('f64'));
        return [];
      },
      end: (fault) => {
        const { min, max } = extremes.read();
        const empty = min.indexOf(Number.POSITIVE_INFINITY);
        if (empty >= 0) throw fault(empty, 'has no number, only NaN');
        const span = max.map((value, i) => value - min[i]! || 1);
        const beyond = span.indexOf(Number.POSITIVE_INFINITY);
        if (beyond >= 0) throw fault(beyond, 'holds numbers that are too far apart');
        return new Map([
          [this.min, array(min, { shape })],
          [this.span, array(span, { shape })],
        ]);
      },
    };
  }
}

/**
 * Each feature from its least and greatest number in the training data to `range`, as
 * scikit-learn's MinMaxScaler. A constant feature goes to the low end. NaN is left out and stays NaN.
 *
 * Fitted and kept as `standardize` is.
 */
export function minMax(options?: MinMaxOptions): MinMax {
  return new MinMax(options);
}
