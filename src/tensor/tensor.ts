/** The symbolic tensor. */

import { checkArgument, checkOptions, bool as flag, integer, oneOf, optional, type Rules, withDefault } from '../options.js';
import type { OperandOf } from './methods/base.js';
import type { Axes } from './methods/reduce.js';
import { ShapeMethods } from './methods/shape.js';

/** What an op takes: a tensor, a variable, an `NDArray`, a number or a boolean. */
export type Operand = OperandOf<Tensor>;

/**
 * How exactly a product of f32 reads its operands; it adds up in f32 always. `highest`: as they are. `high`: as the
 * sum of two bfloat16, which keeps 16 of 24 bits. `medium`: as bfloat16, 8 bits. Where the processor multiplies
 * bfloat16 by a matrix unit (Intel AMX, on Linux), lower ones are faster for products of 32 rows, columns and terms
 * or more; all others, and those of f64, are the highest whatever is asked for. So results of `high` and `medium`
 * have the same bits for any number of threads and from run to run, but not on all machines, nor for any size of
 * batch. With `high` an infinite operand gives NaN. `info().matrixUnit` says what this machine does.
 */
export type MatmulPrecision = 'highest' | 'high' | 'medium';

/** @internal */
export const precisionRule = () => oneOf('highest', 'high', 'medium');

export interface MatmulOptions {
  /** Use the transpose of the last two axes of a. Default false. */
  readonly transposeA?: boolean;
  /** Use the transpose of the last two axes of b. Default false. */
  readonly transposeB?: boolean;
  /** Of f32 operands, here and in the gradients. Default `highest`. */
  readonly precision?: MatmulPrecision;
}

export interface SortOptions {
  /** Greatest first. Default false for `sort`, true for `topK`. NaN is last either way. */
  readonly descending?: boolean;
}

/** What `sort` and `topK` return. */
export interface Sorted {
  readonly values: Tensor;
  /** i32: where each value was along the last axis. */
  readonly indices: Tensor;
}

const matmulRules = {
  transposeA: withDefault(flag(), false),
  transposeB: withDefault(flag(), false),
  precision: withDefault(precisionRule(), 'highest'),
} satisfies Rules<MatmulOptions>;
const sortRules = { descending: optional(flag()) } satisfies Rules<SortOptions>;

/**
 * A value of the graph that a function builds while it is traced: a dtype and a shape, no
 * numbers. Made by `compile`, `fit` and layers; every op is a method here and a function of the
 * same name. Ops never mix dtypes: `cast` converts. A JavaScript number takes the dtype of the
 * tensor beside it.
 *
 * Errors are thrown at the line of the op that does not fit: `ShapeError`, `DTypeError`.
 */
export class Tensor extends ShapeMethods<Tensor> {
  /** Matrix product of the last two axes; the axes before them broadcast. `[…, m, k] · […, k, n] → […, m, n]`. */
  matmul(b: Operand, options?: MatmulOptions): Tensor {
    const { precision, ...attrs } = checkOptions('matmul', options, matmulRules);
    return this.op('matmul', [b], precision === 'highest' ? attrs : { ...attrs, precision });
  }

  /** Rows (entries of the first axis) at i32 positions of any shape: `index.shape` then the shape of a row. */
  gather(index: Operand): Tensor {
    return this.op('gather', [index], {});
  }

  /**
   * Zeros of `rows` rows, to which the rows of this tensor are added at i32 positions, in order;
   * the leading axes of this tensor are those of `index`.
   */
  scatterAdd(index: Operand, rows: number): Tensor {
    return this.owner.emit('scatterAdd', [index, this], { rows: checkArgument('scatterAdd', 'rows', rows, integer(0)) });
  }

  /** 1 at each i32 label along a new last axis of size `classes`, else 0. A label out of range gives zeros. f32. */
  oneHot(classes: number): Tensor {
    return this.op('oneHot', [], { classes: checkArgument('oneHot', 'classes', classes, integer(0)) });
  }

  /** The last axis in order, stably. */
  sort(options?: SortOptions): Sorted {
    const { descending = false } = checkOptions('sort', options, sortRules);
    const [values, indices] = this.owner.emitAll('sort', [this], { descending });
    return { values: values!, indices: indices! };
  }

  /** The k greatest (or least) of the last axis, in order. */
  topK(k: number, options?: SortOptions): Sorted {
    const { descending = true } = checkOptions('topK', options, sortRules);
    checkArgument('topK', 'k', k, integer(0));
    const [values, indices] = this.owner.emitAll('topK', [this], { k, descending });
    return { values: values!, indices: indices! };
  }

  /** eˣ / sum(eˣ) along an axis. Default: the last. */
  softmax(axis = -1): Tensor {
    return this.#along(axis, (x) => x.op('softmax', [], {}));
  }

  /** x − log(sum(eˣ)) along an axis. Default: the last. */
  logSoftmax(axis = -1): Tensor {
    return this.#along(axis, (x) => x.op('logSoftmax', [], {}));
  }

  /** max(x, 0) with gradient 0 at 0; NaN stays NaN. */
  relu(): Tensor {
    return this.owner.activation('relu', () => this.op('relu', [], {}));
  }

  override tanh(): Tensor {
    return this.owner.activation('tanh', () => super.tanh());
  }

  /** 1 / (1 + e⁻ˣ). */
  override sigmoid(): Tensor {
    return this.owner.activation('sigmoid', () => super.sigmoid());
  }

  /** The same value, constant for the chain rule. */
  stopGradient(): Tensor {
    return this.op('stopGradient', [], {});
  }

  /** These kernels work along the last axis. */
  #along(axis: number, apply: (x: Tensor) => Tensor): Tensor {
    const last = axis === -1 || axis === this.rank - 1;
    return last ? apply(this) : apply(this.swapAxes(axis, -1)).swapAxes(axis, -1);
  }
}

export type { Axes };
