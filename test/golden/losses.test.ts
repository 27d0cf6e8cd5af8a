import { describe, expect, it } from 'vitest';
import * as losses from '../../src/losses/index.js';
import type { Loss } from '../../src/losses/loss.js';
import { compile } from '../../src/tensor/compile.js';
import { grad } from '../../src/tensor/grad.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { distance, fixture, numbers, type Stored, stored, type Values } from './fixtures.js';

interface Case {
  readonly name: string;
  readonly loss: keyof typeof losses;
  readonly options: Record<string, unknown>;
  readonly prediction: string;
  readonly target: string;
  readonly sampleWeight?: string;
  readonly value: number | string | Stored;
  readonly gradient: Stored;
}

const { inputs, cases } = fixture<{ inputs: Record<string, Stored & { dtype: string }>; cases: readonly Case[] }>('losses');

const valuesOf = (value: Case['value']): number[] => numbers(typeof value === 'object' ? value.data : ([value] as Values));

function run(c: Case, dtype: 'f32' | 'f64') {
  const loss = (losses[c.loss] as (options: object) => Loss)(c.options);
  const f = compile((prediction: Tensor, target: Tensor, weights: Tensor | undefined) => {
    const value = loss(prediction, target, weights);
    return { value, gradient: grad(value.sum(), prediction) };
  });
  const input = (name: string) => stored(inputs[name]!, inputs[name]!.dtype === 'int' ? 'i32' : dtype);
  return f.sync(input(c.prediction), input(c.target), c.sampleWeight ? input(c.sampleWeight) : undefined);
}

describe.each(['f64', 'f32'] as const)('losses in %s', (dtype) => {
  it.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const { value, gradient } = run(c, dtype);
    const length = inputs[c.prediction]!.data.length;
    expect(distance(value.data, valuesOf(c.value))).toBeLessThan(reductionTolerance(dtype, length, 4));
    expect(gradient.shape).toEqual(c.gradient.shape);
    expect(distance(gradient.data, numbers(c.gradient.data))).toBeLessThan(reductionTolerance(dtype, length, 4));
  });
});
