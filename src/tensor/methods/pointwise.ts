/** Every element by itself, and pairs of elements with NumPy's broadcasting. */

import { type OperandOf, TensorBase } from './base.js';

export abstract class PointwiseMethods<T> extends TensorBase<T> {
  /** −x. */
  neg(): T {
    return this.op('neg', [], {});
  }

  /** |x|. Its gradient at 0 is 0. */
  abs(): T {
    return this.op('abs', [], {});
  }

  /** −1, 0 or 1. No gradient. */
  sign(): T {
    return this.op('sign', [], {});
  }

  /** eˣ. */
  exp(): T {
    return this.op('exp', [], {});
  }

  /** eˣ − 1, precise near 0. */
  expm1(): T {
    return this.op('expm1', [], {});
  }

  /** Natural logarithm. */
  log(): T {
    return this.op('log', [], {});
  }

  /** log(1 + x), precise near 0. */
  log1p(): T {
    return this.op('log1p', [], {});
  }

  /** √x. Its gradient at 0 is infinite. */
  sqrt(): T {
    return this.op('sqrt', [], {});
  }

  /** 1 / √x. */
  rsqrt(): T {
    return this.op('rsqrt', [], {});
  }

  /** x · x. */
  square(): T {
    return this.op('mul', [this.self], {});
  }

  tanh(): T {
    return this.op('tanh', [], {});
  }

  /** 1 / (1 + e⁻ˣ). */
  sigmoid(): T {
    return this.op('sigmoid', [], {});
  }

  /** The error function. */
  erf(): T {
    return this.op('erf', [], {});
  }

  /** Sine of radians. */
  sin(): T {
    return this.op('sin', [], {});
  }

  /** Cosine of radians. */
  cos(): T {
    return this.op('cos', [], {});
  }

  /** The next whole number below. No gradient. */
  floor(): T {
    return this.op('floor', [], {});
  }

  /** The next whole number above. No gradient. */
  ceil(): T {
    return this.owner.emit('neg', [this.owner.emit('floor', [this.neg()], {})], {});
  }

  /** The nearest whole number, halves to the even one. No gradient. */
  round(): T {
    return this.op('round', [], {});
  }

  /** 1 / x. */
  reciprocal(): T {
    return this.op('reciprocal', [], {});
  }

  /** bool: neither NaN nor infinite. */
  isFinite(): T {
    return this.op('isFinite', [], {});
  }

  /** bool: NaN. */
  isNaN(): T {
    return this.op('notEqual', [this.self], {});
  }

  /** a + b. */
  add(b: OperandOf<T>): T {
    return this.op('add', [b], {});
  }

  /** a − b. */
  sub(b: OperandOf<T>): T {
    return this.op('sub', [b], {});
  }

  /** a · b. */
  mul(b: OperandOf<T>): T {
    return this.op('mul', [b], {});
  }

  /** a / b, floats only. */
  div(b: OperandOf<T>): T {
    return this.op('div', [b], {});
  }

  /** aᵇ, floats only. */
  pow(b: OperandOf<T>): T {
    return this.op('pow', [b], {});
  }

  /** The greater of two; NaN if one is NaN. Equal operands share the gradient. */
  maximum(b: OperandOf<T>): T {
    return this.op('maximum', [b], {});
  }

  /** The lesser of two; NaN if one is NaN. Equal operands share the gradient. */
  minimum(b: OperandOf<T>): T {
    return this.op('minimum', [b], {});
  }

  /** x, no less than `low` and no more than `high`. NaN stays. The gradient is 0 outside, 1 inside and at the ends. */
  clip(low: number, high: number): T {
    const { owner, self } = this;
    const raised = owner.emit('where', [this.less(low), low, self], {});
    return owner.emit('where', [this.greater(high), high, raised], {});
  }

  /** bool: a = b. NaN equals nothing. */
  equal(b: OperandOf<T>): T {
    return this.op('equal', [b], {});
  }

  /** bool: not a = b. */
  notEqual(b: OperandOf<T>): T {
    return this.op('notEqual', [b], {});
  }

  /** bool: a < b. */
  less(b: OperandOf<T>): T {
    return this.op('less', [b], {});
  }

  /** bool: a ≤ b. */
  lessEqual(b: OperandOf<T>): T {
    return this.op('lessEqual', [b], {});
  }

  /** bool: a > b. */
  greater(b: OperandOf<T>): T {
    return this.op('greater', [b], {});
  }

  /** bool: a ≥ b. */
  greaterEqual(b: OperandOf<T>): T {
    return this.op('greaterEqual', [b], {});
  }

  /** bool: both hold. */
  and(b: OperandOf<T>): T {
    return this.op('logicalAnd', [b], {});
  }

  /** bool: one holds or both. */
  or(b: OperandOf<T>): T {
    return this.op('logicalOr', [b], {});
  }

  /** bool: does not hold. */
  not(): T {
    return this.op('logicalNot', [], {});
  }

  /** a where this bool tensor holds, else b. The gradient flows to the chosen one only. */
  select(a: OperandOf<T>, b: OperandOf<T>): T {
    return this.op('where', [a, b], {});
  }
}
