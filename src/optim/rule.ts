import type { Tensor } from '../tensor/tensor.js';
import type { Schedule } from './schedules/schedule.js';

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
  /** Scalars: what the rule's schedules give for this step, by name. */
  readonly scheduled: Readonly<Record<string, Tensor>>;
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
  /** Numbers beside the learning rate that follow a schedule, as a momentum may: the core gets them anew for each step. */
  readonly schedules?: Readonly<Record<string, Schedule>>;
  update(input: UpdateInput): Update;
}

/** The weight of the past in a moving average, 0 ≤ β < 1: the same in every step, or as a schedule says. */
export interface Decay {
  readonly beta: number | Tensor;
  /** 1 − β. */
  readonly rest: number | Tensor;
  /** ln β. */
  readonly log: number | Tensor;
}

export const constantDecay = (beta: number): Decay => ({ beta, rest: 1 - beta, log: Math.log(beta) });

/**
 * 1 − βᵗ, which undoes the pull of zero first values in a moving average. As −expm1(t · ln β), so
 * that it keeps its digits in f32 while βᵗ is near 1.
 */
export function biasCorrection({ beta, log }: Decay, step: Tensor): Tensor | number {
  return beta === 0 ? 1 : step.mul(log).expm1().neg();
}

/** β · average + (1 − β) · value. */
export function movingAverage(average: Tensor, value: Tensor, { beta, rest }: Decay): Tensor {
  return average.mul(beta).add(value.mul(rest));
}
