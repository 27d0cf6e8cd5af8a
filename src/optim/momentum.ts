/** Momenta that follow a schedule. */

import { custom, type Rule } from '../options.js';
import type { Tensor } from '../tensor/tensor.js';
import { constantDecay, type Decay } from './rule.js';
import type { Schedule } from './schedules/schedule.js';

/** 0 ≤ μ < 1: the same in every step, or one for each. */
export type Momentum = number | Schedule;

export const isMomentum = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value < 1;

/** For options of optimizers. */
export const momentumRule = (): Rule<Momentum> =>
  custom<Momentum>(
    'a number from 0 and below 1, or a schedule: schedules.… or a function of the step',
    (value) => isMomentum(value) || typeof value === 'function',
  );

/** Whether there is any momentum. */
export const moves = (momentum: Momentum): boolean => momentum !== 0;

/** For `UpdateRule.schedules`: what `momentumOf` reads. */
export const momentumSchedule = (momentum: Momentum): Readonly<Record<string, Schedule>> =>
  typeof momentum === 'function' ? { momentum } : {};

/** A momentum in an update. */
export const momentumOf = (momentum: Momentum, scheduled: Readonly<Record<string, Tensor>>): number | Tensor =>
  typeof momentum === 'number' ? momentum : scheduled.momentum!;

/**
 * For `UpdateRule.schedules`: what `decayOf` reads. All three numbers are rounded from doubles, as
 * those of a constant are, so that a schedule that is constant trains the same bits.
 */
export const decaySchedules = (beta: Momentum): Readonly<Record<string, Schedule>> =>
  typeof beta === 'function' ? { momentum: beta, rest: (step) => 1 - beta(step), log: (step) => Math.log(beta(step)) } : {};

/** The first β of Adam in an update. */
export const decayOf = (beta: Momentum, { momentum, rest, log }: Readonly<Record<string, Tensor>>): Decay =>
  typeof beta === 'number' ? constantDecay(beta) : { beta: momentum!, rest: rest!, log: log! };
