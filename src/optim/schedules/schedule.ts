import { custom } from '../../options.js';

/**
 * A learning rate as a function of the step, which counts from 0: pure, so that a run can begin at
 * any step. What `optim.…({ lr })` takes instead of a number.
 */
export type Schedule = (step: number) => number;

/** Whether a number can be a learning rate: 0 or more, and finite in f32. */
export const isRate = (value: unknown): value is number => typeof value === 'number' && value >= 0 && Number.isFinite(Math.fround(value));

/** For options: a learning rate. */
export const rate = () => custom<number>('a number of 0 or more that f32 can hold', isRate);

/** From a to b as t goes from 0 to 1. */
export const between = (a: number, b: number, t: number): number => a + (b - a) * t;

/** The same along half a cosine. */
export const cosineBetween = (a: number, b: number, t: number): number => b + ((a - b) * (1 + Math.cos(Math.PI * t))) / 2;
