/**
 * Random numbers inside a program. A draw is named by (seed, layer path, n-th draw there) and
 * depends on the step: the same run gives the same numbers on every machine and thread count.
 */

import { checkArgument, checkOptions, finite, nonNegative, oneOf, type Rules, shape as shapeRule, withDefault } from '../options.js';
import { currentRegion } from './region.js';
import type { Tensor } from './tensor.js';
import { currentTrace } from './trace.js';

export interface UniformOptions {
  /** Default 0. */
  readonly low?: number;
  /** Not included. Default 1. */
  readonly high?: number;
  /** Default f32. */
  readonly dtype?: 'f32' | 'f64';
}

export interface NormalOptions {
  /** Default 0. */
  readonly mean?: number;
  /** Default 1. */
  readonly deviation?: number;
  /** Default f32. */
  readonly dtype?: 'f32' | 'f64';
}

const dtype = withDefault(oneOf('f32', 'f64'), 'f32');
const uniformRules = { low: withDefault(finite(), 0), high: withDefault(finite(), 1), dtype } satisfies Rules<UniformOptions>;
const normalRules = { mean: withDefault(finite(), 0), deviation: withDefault(nonNegative(), 1), dtype } satisfies Rules<NormalOptions>;

/** Uniform in [low, high), other numbers in each run. */
export function uniform(shape: readonly number[], options?: UniformOptions): Tensor {
  checkArgument('random.uniform', 'shape', shape, shapeRule());
  const attrs = checkOptions('random.uniform', options, uniformRules);
  const { key, step } = currentTrace('random.uniform').draw();
  return currentRegion().emit('randomUniform', [step], { ...attrs, key, shape });
}

/** Normal, other numbers in each run. */
export function normal(shape: readonly number[], options?: NormalOptions): Tensor {
  checkArgument('random.normal', 'shape', shape, shapeRule());
  const attrs = checkOptions('random.normal', options, normalRules);
  const { key, step } = currentTrace('random.normal').draw();
  return currentRegion().emit('randomNormal', [step], { ...attrs, key, shape });
}
