import { checkOptions, type Rules, withDefault } from '../../options.js';
import { array } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { modelDType } from '../module.js';
import { Axes, axesRule } from './features.js';
import { Moments } from './moments.js';
import type { Accumulator, InputTraits, Preparation } from './preparation.js';
import { centred, divisor, Preprocessor } from './preprocessor.js';
import { Statistic } from './statistic.js';

export interface StandardizeOptions {
  /**
   * Axes that keep means and deviations of their own; negative ones count from the last. Default
   * [-1]: one for each feature, or channel of an image. [] is one for all numbers.
   */
  readonly axes?: readonly number[];
}

const rules = { axes: withDefault(axesRule(), [-1]) } satisfies Rules<StandardizeOptions>;
const NAME = 'nn.standardize';

/** A deviation of so many roundings of the mean is none. */
const ROUNDINGS = 4;

/** See `standardize`. */
export class Standardize extends Preprocessor {
  /** f64, [features] */
  readonly mean = new Statistic(NAME);
  /** f64, [features]: the deviation, 1 for a constant feature */
  readonly scale = new Statistic(NAME);
  readonly #axes: Axes;

  constructor(options?: StandardizeOptions) {
    super();
    this.#axes = new Axes(NAME, checkOptions(NAME, options, rules).axes);
  }

  override inputTraits(): InputTraits {
    return { missing: [], passesMissing: true, precise: true };
  }

  override preparation(): Preparation {
    return { name: NAME, statistics: [this.mean, this.scale], begin: () => this.#begin() };
  }

  protected transform(x: Tensor): Tensor {
    const mean = this.#axes.beside(this.mean, x);
    const scale = this.#axes.beside(this.scale, x);
    return centred(x, mean).div(divisor(scale, x)).cast(modelDType());
  }

  #begin(): Accumulator {
    const moments = new Moments();
    let shape: readonly number[] = [];
    return {
      add: (x) => {
        shape = this.#axes.shape(x);
        moments.add(this.#axes.matrix(x).cast('f64'));
        return [];
      },
      end: (fault) => {
        const { count, mean, variance } = moments.read();
        const empty = count.indexOf(0);
        if (empty >= 0) throw fault(empty, 'has no number, only NaN');
        const beyond = variance.findIndex((value) => !Number.isFinite(value));
        if (beyond >= 0) throw fault(beyond, 'holds numbers that are too large for a variance');
        const scale = variance.map((value, i) => deviation(Math.sqrt(value), mean[i]!));
        return new Map([
          [this.mean, array(mean, { shape })],
          [this.scale, array(scale, { shape })],
        ]);
      },
    };
  }
}

function deviation(found: number, mean: number): number {
  return found <= ROUNDINGS * Number.EPSILON * Math.abs(mean) ? 1 : found;
}

/**
 * (x − mean) / deviation, each feature by its own population mean and deviation in the training
 * data, as scikit-learn's StandardScaler. A constant feature becomes 0: its deviation counts as 1.
 * NaN is left out of the statistics and stays NaN.
 *
 * The statistics are fitted by `fit` on its training rows, or by `model.adapt`; they are part of
 * the model's state.
 */
export function standardize(options?: StandardizeOptions): Standardize {
  return new Standardize(options);
}
