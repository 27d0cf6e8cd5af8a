/** Where training and validation part: the beginning of overfitting. One rule for reports and for `overfitting`. */

import { median } from '../statistics.js';

/** Fewer epochs say nothing: of eight random values the first fall and the others rise in one of 315 cases. */
const FEWEST = 8;
/** Share of the epochs that reach to either side of an average, and how many at most. */
const REACH = 1 / 20;
const FARTHEST = 50;
/** Standard errors by which the curve must have risen. With 3, one in twenty curves of mere noise would part. */
const CLEAR = 4;
/** Of a normal distribution: median of |x| over standard deviation. */
const MEDIAN = 0.6745;
/** By what share of its least value a curve may rise and still counts as settled. */
export const TOLERANCE = 0.05;

export interface Course {
  /** Of the least smoothed validation value, from 1. */
  readonly least: number;
  /** It is the last. */
  readonly falling: boolean;
  /** Validation has got worse since, beyond noise and tolerance. */
  readonly rises: boolean;
  /** Training has got better since. */
  readonly learns: boolean;
}

/**
 * How two curves of which less is better went, epoch by epoch. With n epochs, r = n / 20 rounded, at
 * least 1, s(i) the mean of the validation values v(i − r) to v(i + r) as far as there are any, and m
 * where s is least, validation rises if
 *
 *     s(n) − s(m) > max(4 σ √(1 / (r + 1) + 1 / (2 r + 1)), tolerance · |s(m)|)
 *
 * where the root is what s(n) and s(m) differ by for values of deviation 1, and
 * σ = median |v(i − 1) − 2 v(i) + v(i + 1)| / (0.6745 √6) is the noise of one value: of a smooth
 * curve it is about 0, whatever its slope, and single outliers do not count. Epochs without finite
 * values of both are left out. Undefined for fewer than 8 others.
 */
export function courseOf(training: readonly number[], validation: readonly number[], tolerance = TOLERANCE): Course | undefined {
  const epochs = validation.flatMap((value, i) => (Number.isFinite(value) && Number.isFinite(training[i]) ? [i] : []));
  if (epochs.length < FEWEST) return undefined;
  const reach = Math.min(Math.max(Math.round(epochs.length * REACH), 1), FARTHEST);
  const raw = epochs.map((i) => validation[i]!);
  const trend = smoothed(raw, reach);
  const own = smoothed(
    epochs.map((i) => training[i]!),
    reach,
  );
  const least = trend.reduce((best, value, i) => (value < trend[best]! ? i : best), 0);
  const error = noise(raw) * Math.sqrt(1 / (reach + 1) + 1 / (2 * reach + 1));
  return {
    least: epochs[least]! + 1,
    falling: least === trend.length - 1,
    rises: trend.at(-1)! - trend[least]! > Math.max(CLEAR * error, tolerance * Math.abs(trend[least]!)),
    learns: own.at(-1)! < own[least]!,
  };
}

/** The epoch, from 1, after which validation gets worse while training gets better. */
export function partingEpoch(training: readonly number[], validation: readonly number[]): number | undefined {
  const course = courseOf(training, validation);
  return course?.rises && course.learns ? course.least : undefined;
}

function smoothed(values: readonly number[], reach: number): number[] {
  return values.map((_, i) => {
    const near = values.slice(Math.max(0, i - reach), i + reach + 1);
    return near.reduce((sum, value) => sum + value / near.length, 0);
  });
}

function noise(values: readonly number[]): number {
  const bends = values.slice(2).map((value, i) => Math.abs(values[i]! - 2 * values[i + 1]! + value));
  return median(Float64Array.from(bends)) / (MEDIAN * Math.sqrt(6));
}
