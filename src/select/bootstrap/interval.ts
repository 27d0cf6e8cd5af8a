/** Confidence intervals from resampled values. */

import { mean, quantile } from '../../statistics.js';
import { normalCdf, normalQuantile } from './normal.js';

export type Interval = readonly [low: number, high: number];

/** Between the quantiles (1 − level) / 2 and (1 + level) / 2 of the values, which are sorted. */
export function percentileInterval(sorted: Float64Array, level: number): Interval {
  return [quantile(sorted, (1 - level) / 2), quantile(sorted, (1 + level) / 2)];
}

/**
 * The same with quantiles that are corrected for bias and for a deviation that depends on the value
 * (Efron 1987). `leftOut`: the value without each of the rows.
 */
export function bcaInterval(value: number, sorted: Float64Array, leftOut: readonly number[], level: number): Interval {
  const below = sorted.reduce((sum, other) => sum + Number(other < value) + Number(other <= value), 0) / 2;
  // A half of a value from the ends, so that the correction stays finite.
  const share = Math.min(Math.max(below, 0.5), sorted.length - 0.5) / sorted.length;
  const bias = normalQuantile(share);
  const acceleration = skew(leftOut) / 6;
  const corrected = (tail: number) => {
    const z = bias + normalQuantile(tail);
    return normalCdf(bias + z / (1 - acceleration * z));
  };
  return [quantile(sorted, corrected((1 - level) / 2)), quantile(sorted, corrected((1 + level) / 2))];
}

/** Σ d³ / (Σ d²)^1.5 of the distances below the mean; 0 where there are none. */
function skew(values: readonly number[]): number {
  const middle = mean(values);
  const moment = (power: number) => values.reduce((sum, value) => sum + (middle - value) ** power, 0);
  const spread = moment(2);
  return spread === 0 ? 0 : moment(3) / spread ** 1.5;
}
