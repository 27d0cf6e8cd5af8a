import { checkOptions, integer, listOf, nonNegative, numberIn, positive, positiveInteger, type Rules, withDefault } from '../../options.js';
import { rate, type Schedule } from './schedule.js';

const gamma = (fallback: number) => withDefault(numberIn(0, 1, 'low'), fallback);

export interface StepOptions {
  /** At first. */
  readonly lr: number;
  /** Steps until the rate falls once more. */
  readonly every: number;
  /** What it is multiplied by. Default 0.1. */
  readonly gamma?: number;
}

const stepRules = { lr: rate(), every: positiveInteger(), gamma: gamma(0.1) } satisfies Rules<StepOptions>;

/** lr · γ^⌊step / every⌋. */
export function step(options: StepOptions): Schedule {
  const { lr, every, gamma } = checkOptions('schedules.step', options, stepRules);
  return (t) => lr * gamma ** Math.floor(t / every);
}

export interface MultiStepOptions {
  readonly lr: number;
  /** Steps at which the rate falls. */
  readonly milestones: readonly number[];
  /** Default 0.1. */
  readonly gamma?: number;
}

const multiStepRules = { lr: rate(), milestones: listOf(integer(0)), gamma: gamma(0.1) } satisfies Rules<MultiStepOptions>;

/** lr · γ^n after n of the milestones. */
export function multiStep(options: MultiStepOptions): Schedule {
  const { lr, milestones, gamma } = checkOptions('schedules.multiStep', options, multiStepRules);
  return (t) => lr * gamma ** milestones.filter((milestone) => milestone <= t).length;
}

export interface ExponentialOptions {
  readonly lr: number;
  /** In every step. */
  readonly gamma: number;
}

const exponentialRules = { lr: rate(), gamma: numberIn(0, 1, 'low') } satisfies Rules<ExponentialOptions>;

/** lr · γ^step. */
export function exponential(options: ExponentialOptions): Schedule {
  const { lr, gamma } = checkOptions('schedules.exponential', options, exponentialRules);
  return (t) => lr * gamma ** t;
}

export interface InverseTimeOptions {
  readonly lr: number;
  readonly decay: number;
}

const inverseTimeRules = { lr: rate(), decay: nonNegative() } satisfies Rules<InverseTimeOptions>;

/** lr / (1 + decay · step). */
export function inverseTime(options: InverseTimeOptions): Schedule {
  const { lr, decay } = checkOptions('schedules.inverseTime', options, inverseTimeRules);
  return (t) => lr / (1 + decay * t);
}

export interface PolynomialOptions {
  readonly lr: number;
  /** After so many steps the rate is `end` and stays so. */
  readonly steps: number;
  /** Default 0. */
  readonly end?: number;
  /** Default 1: a straight line. */
  readonly power?: number;
}

const polynomialRules = {
  lr: rate(),
  steps: positiveInteger(),
  end: withDefault(rate(), 0),
  power: withDefault(positive(), 1),
} satisfies Rules<PolynomialOptions>;

/** end + (lr − end) · (1 − step / steps)^power. */
export function polynomial(options: PolynomialOptions): Schedule {
  const { lr, steps, end, power } = checkOptions('schedules.polynomial', options, polynomialRules);
  return (t) => end + (lr - end) * (1 - Math.min(t, steps) / steps) ** power;
}

export interface LinearOptions {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

const linearRules = { from: rate(), to: rate(), steps: positiveInteger() } satisfies Rules<LinearOptions>;

/** In a straight line from `from` to `to`, where it stays after `steps`. */
export function linear(options: LinearOptions): Schedule {
  const { from, to, steps } = checkOptions('schedules.linear', options, linearRules);
  return (t) => from + ((to - from) * Math.min(t, steps)) / steps;
}

export interface NoamOptions {
  /** Width of the model. */
  readonly dimension: number;
  /** Steps of growth before the decay. */
  readonly warmup: number;
  /** Default 1. */
  readonly scale?: number;
}

const noamRules = {
  dimension: positiveInteger(),
  warmup: positiveInteger(),
  scale: withDefault(positive(), 1),
} satisfies Rules<NoamOptions>;

/** scale · dimension^−½ · min(n^−½, n · warmup^−3/2) with n = step + 1. Vaswani et al. 2017. */
export function noam(options: NoamOptions): Schedule {
  const { dimension, warmup, scale } = checkOptions('schedules.noam', options, noamRules);
  return (t) => scale * dimension ** -0.5 * Math.min((t + 1) ** -0.5, (t + 1) * warmup ** -1.5);
}
