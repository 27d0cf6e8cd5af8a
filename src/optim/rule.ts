import type { Tensor } from '../tensor/tensor.js';

/** What an update rule works on. All parameters lie in one vector, and so do gradients and slots. */
export interface UpdateInput {
  readonly parameter: Tensor;
  /** After clipping. */
  readonly gradient: Tensor;
  /** What the rule keeps between steps, by name; zeros at first. */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** Scalar: the learning rate of this step. */
  readonly lr: Tensor;
  /** Scalar: 1 in the first step. */
  readonly step: Tensor;
}

/** New values. A slot that is left out keeps its own. */
export interface Update {
  readonly parameter: Tensor;
  readonly slots?: Readonly<Record<string, Tensor>>;
}

/**
 * How parameters change in a step, as a function of symbolic tensors. It is traced into the
 * training step, and the core makes one pass over memory of it.
 */
export interface UpdateRule {
  /** Names of what the rule keeps between steps. */
  readonly slots?: readonly string[];
  update(input: UpdateInput): Update;
}

/**
 * 1 − βᵗ, which undoes the pull of zero first values in a moving average. As −expm1(t · ln β), so
 * that it keeps its digits in f32 while βᵗ is near 1.
 */
export function biasCorrection(beta: number, step: Tensor): Tensor | number {
  return beta === 0 ? 1 : step.mul(Math.log(beta)).expm1().neg();
}

/** β · average + (1 − β) · value. */
export function movingAverage(average: Tensor, value: Tensor, beta: number): Tensor {
  return average.mul(beta).add(value.mul(1 - beta));
}
