/** Sums, extremes and what is made of them. */

import { OptionError } from '../../errors.js';
import { checkOptions, either, bool as flag, integer, nonNegative, oneOf, type Rules, withDefault } from '../../options.js';
import { PointwiseMethods } from './pointwise.js';

/** One axis or several; negative ones count from the last. Left out: all. */
export type Axes = number | readonly number[];

export interface ReduceOptions {
  /** Keep the reduced axes with size 1. Default false. */
  readonly keepDims?: boolean;
}

export interface VarianceOptions extends ReduceOptions {
  /** The divisor is the count less this. Default 0, the variance of the numbers themselves; 1 estimates that of their source. */
  readonly correction?: number;
}

export interface NormOptions extends ReduceOptions {
  /** 1 = sum of |x|, 2 = √ of the sum of x², 'max' = the greatest |x|. Default 2. */
  readonly order?: 1 | 2 | 'max';
}

const reduceRules = { keepDims: withDefault(flag(), false) } satisfies Rules<ReduceOptions>;
const varianceRules = { ...reduceRules, correction: withDefault(nonNegative(), 0) } satisfies Rules<VarianceOptions>;
const normRules = { ...reduceRules, order: withDefault(either(integer(1, 2), oneOf('max')), 2) };

function list(axes: Axes | undefined): readonly number[] | undefined {
  return typeof axes === 'number' ? [axes] : axes;
}

type Reduction = 'sum' | 'max' | 'min' | 'any' | 'all' | 'argmax' | 'argmin';

export abstract class ReduceMethods<T extends ReduceMethods<T>> extends PointwiseMethods<T> {
  /** Sum over axes. */
  sum(axes?: Axes, options?: ReduceOptions): T {
    return this.#reduce('sum', axes, options);
  }

  /** Sum divided by the number of elements; NaN over none. */
  mean(axes?: Axes, options?: ReduceOptions): T {
    const total = this.#reduce('sum', axes, options, 'mean');
    return total.div(this.#count(total));
  }

  /** mean((x − mean(x))²), the deviations taken first, so that it stays precise far from 0. */
  variance(axes?: Axes, options?: VarianceOptions): T {
    const { keepDims, correction } = checkOptions('variance', options, varianceRules);
    const total = this.sub(this.mean(axes, { keepDims: true }))
      .square()
      .sum(axes, { keepDims });
    return total.div(this.#count(total) - correction);
  }

  /** √variance. */
  std(axes?: Axes, options?: VarianceOptions): T {
    return this.variance(axes, options).sqrt();
  }

  /** Greatest element; NaN if there is one. Equal ones share the gradient. */
  max(axes?: Axes, options?: ReduceOptions): T {
    return this.#reduce('max', axes, options);
  }

  /** Least element; NaN if there is one. Equal ones share the gradient. */
  min(axes?: Axes, options?: ReduceOptions): T {
    return this.#reduce('min', axes, options);
  }

  /** i32: position of the greatest element along an axis (of all in row-major order without one); the first of equals, or of NaNs. */
  argmax(axis?: number, options?: ReduceOptions): T {
    return this.#reduce('argmax', axis, options);
  }

  /** i32: position of the least element, as `argmax`. */
  argmin(axis?: number, options?: ReduceOptions): T {
    return this.#reduce('argmin', axis, options);
  }

  /** bool: one element holds. */
  any(axes?: Axes, options?: ReduceOptions): T {
    return this.#reduce('any', axes, options);
  }

  /** bool: every element holds. */
  all(axes?: Axes, options?: ReduceOptions): T {
    return this.#reduce('all', axes, options);
  }

  /** log(sum(eˣ)), without overflow: the maximum is taken out first. −Infinity over elements that all are. */
  logsumexp(axes?: Axes, options?: ReduceOptions): T {
    const { keepDims } = checkOptions('logsumexp', options, reduceRules);
    const highest = this.max(axes, { keepDims: true });
    const finite = this.owner.emit('stopGradient', [highest.isFinite().select(highest, 0)], {});
    const total = this.sub(finite).exp().sum(axes, { keepDims });
    const shift = keepDims ? finite : finite.sum(axes);
    return total.log().add(shift);
  }

  /** Length of a vector: over all elements, or over axes. The gradient of the 2-norm at 0 is NaN. */
  norm(axes?: Axes, options?: NormOptions): T {
    const { keepDims, order } = checkOptions('norm', options, normRules);
    if (order === 'max') return this.abs().max(axes, { keepDims });
    if (order === 1) return this.abs().sum(axes, { keepDims });
    return this.square().sum(axes, { keepDims }).sqrt();
  }

  /** How many elements went into one of `total`. */
  #count(total: T): number {
    return total.size === 0 ? Number.NaN : this.size / total.size;
  }

  #reduce(name: Reduction, axes: Axes | undefined, options: ReduceOptions | undefined, called: string = name): T {
    const { keepDims } = checkOptions(called, options, reduceRules);
    const given = list(axes);
    // An empty list reduces nothing, while the core takes it for all axes.
    if (given?.length === 0) {
      if (name === 'argmax' || name === 'argmin') throw new OptionError(`${name}: expected one axis or none, found []`, { op: name });
      return this.self;
    }
    return this.op(name, [], given === undefined ? { keepDims } : { axes: given, keepDims });
  }
}
