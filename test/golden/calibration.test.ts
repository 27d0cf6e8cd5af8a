/** Temperatures and bootstrap intervals against SciPy. */

import { describe, expect, it } from 'vitest';
import { array, calibrate, nn } from '../../src/index.js';
import { bcaInterval, percentileInterval } from '../../src/select/bootstrap/interval.js';
import { normalCdf, normalQuantile } from '../../src/select/bootstrap/normal.js';
import { distance, fixture, numbers, type Stored, stored, type Values } from './fixtures.js';

interface Temperature {
  readonly name: string;
  readonly logits: Stored;
  readonly target: Stored;
  readonly weights: Values | null;
  readonly temperature: number;
  readonly before: number;
  readonly after: number;
}

interface Resampled {
  readonly name: string;
  readonly level: number;
  readonly value: number;
  readonly resampled: Values;
  readonly leftOut: Values;
  readonly percentile: Values;
  readonly bca: Values;
}

const { temperatures, intervals, normal } = fixture<{
  temperatures: readonly Temperature[];
  intervals: readonly Resampled[];
  normal: { x: Values; cdf: Values; p: Values; ppf: Values };
}>('calibration');

it.each(temperatures.map((c) => [c.name, c] as const))('the temperature of logits that are %s', async (_, c) => {
  const model = nn.sequential([(x) => x], { dtype: 'f64' });
  const labels = c.target.shape.length < c.logits.shape.length;
  const data = { x: stored(c.logits), y: stored(c.target, labels ? 'i32' : 'f64') };
  const sampleWeights = c.weights && array(Float64Array.from(numbers(c.weights)));
  const found = await calibrate(model, data, sampleWeights ? { sampleWeights } : {});
  // The root of a slope that is known to its last bits lies no better than that over the curvature.
  expect(distance([found.temperature], [c.temperature])).toBeLessThan(1e-12);
  expect(distance([found.before.logLoss, found.after.logLoss], [c.before, c.after])).toBeLessThan(1e-12);
  expect(found.bounded).toBe(c.temperature === 100 || c.temperature === 0.01);
});

describe.each(intervals.map((c) => [`${c.name}, ${c.level}`, c] as const))('the interval of %s', (_, c) => {
  const sorted = Float64Array.from(numbers(c.resampled)).sort();

  it('by percentiles', () => {
    expect(distance(percentileInterval(sorted, c.level), numbers(c.percentile))).toBeLessThan(1e-12);
  });

  it('by BCa', () => {
    expect(distance(bcaInterval(c.value, sorted, numbers(c.leftOut), c.level), numbers(c.bca))).toBeLessThan(1e-12);
  });
});

it('the normal distribution', () => {
  const relative = (actual: readonly number[], expected: readonly number[]) =>
    Math.max(...expected.map((e, i) => Math.abs(actual[i]! - e) / Math.max(Math.abs(e), 1e-300)));
  expect(relative(numbers(normal.x).map(normalCdf), numbers(normal.cdf))).toBeLessThan(1e-12);
  expect(distance(numbers(normal.p).map(normalQuantile), numbers(normal.ppf))).toBeLessThan(1e-12);
});
