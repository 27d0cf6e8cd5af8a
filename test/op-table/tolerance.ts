/** The only place where a tolerance is made: c · eps · sqrt(length) · magnitude, or ULPs. */

const EPSILON = { f32: 2 ** -24, f64: 2 ** -53 } as const;

/** For sums of `length` products or terms whose absolute values add up to `magnitude`. */
export function reductionTolerance(dtype: 'f32' | 'f64', length: number, magnitude: number): number {
  return 4 * EPSILON[dtype] * Math.sqrt(Math.max(length, 1)) * magnitude;
}

/** Distance of two finite f32 numbers in units in the last place of the expected one. */
export function ulps(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  if (!Number.isFinite(expected) || !Number.isFinite(actual)) return Infinity;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(expected))), -126);
  return Math.abs(actual - expected) / 2 ** (exponent - 23);
}

/**
 * Relative error of a directional difference in float64 with step h and Richardson's correction:
 * rounding eps / h dominates, truncation h⁴ is far below.
 */
export const GRADIENT_TOLERANCE = 1e-7;
export const GRADIENT_STEP = 1e-4;
