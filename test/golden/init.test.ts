/** Initialisers: laws, limits and moments against PyTorch's definitions, on the fixtures of scripts/golden. */

import { describe, expect, it } from 'vitest';
import { type NDArray, nn } from '../../src/index.js';
import { fixture } from './fixtures.js';

interface Case {
  readonly name: string;
  readonly shape: readonly [number, number];
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number;
  readonly std: number;
  readonly tolerance: { readonly mean: number; readonly std: number };
  readonly reaches: number | null;
}

const { cases, orthogonal } = fixture<{
  cases: Case[];
  orthogonal: { name: string; shape: readonly [number, number]; gain: number }[];
}>('init');

const { init } = nn;
const initializers: Record<string, nn.init.Initializer> = {
  glorotUniform: init.glorotUniform(),
  glorotNormal: init.glorotNormal(),
  heUniform: init.heUniform(),
  heNormal: init.heNormal(),
  lecunUniform: init.lecunUniform(),
  lecunNormal: init.lecunNormal(),
  'uniform(-0.05, 0.05)': init.uniform(-0.05, 0.05),
  'normal(0, 0.02)': init.normal(0, 0.02),
  'truncatedNormal(0, 0.02)': init.truncatedNormal(0, 0.02),
  'varianceScaling(1, fanIn, truncatedNormal), sigma divided by 0.87962566': init.varianceScaling({
    scale: 1,
    mode: 'fanIn',
    distribution: 'truncatedNormal',
  }),
};

function draw(initializer: nn.init.Initializer, shape: readonly [number, number], dtype: 'f32' | 'f64' = 'f32', seed = 1): NDArray {
  return nn.dense(shape[1], { kernelInit: initializer }).build([shape[0]], { seed, dtype }).state().weight! as NDArray;
}

const values = (array: { readonly data: ArrayLike<number> }) => Array.from(array.data);
const meanOf = (xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;

describe.each(cases)('$name of $shape', ({ name, shape, min, max, mean, std, tolerance, reaches }) => {
  const xs = values(draw(initializers[name]!, shape) as never);

  it('has the mean and the deviation of its law', () => {
    const m = meanOf(xs);
    const deviation = Math.sqrt(meanOf(xs.map((x) => (x - m) ** 2)));
    expect(Math.abs(m - mean)).toBeLessThan(tolerance.mean);
    expect(Math.abs(deviation - std)).toBeLessThan(tolerance.std);
  });

  it.runIf(min !== null)('stays within its limits and comes near them', () => {
    const [least, most] = [Math.min(...xs.slice(0, 1e5)), Math.max(...xs.slice(0, 1e5))];
    expect(least).toBeGreaterThanOrEqual(Math.fround(min!));
    expect(most).toBeLessThanOrEqual(Math.fround(max!));
    expect(Math.min(least / min!, most / max!)).toBeGreaterThan(2 * reaches! - 1);
  });
});

describe.each(orthogonal)('$name of $shape', ({ shape, gain }) => {
  it.each(['f32', 'f64'] as const)('is orthonormal along its shorter side in %s', (dtype) => {
    const [rows, columns] = shape;
    const q = values(draw(init.orthogonal(gain), shape, dtype) as never);
    const at = (i: number, p: number) => (rows >= columns ? q[p * columns + i]! : q[i * columns + p]!);
    const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)];
    for (let i = 0; i < short; i += 7) {
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        for (let p = 0; p < long; p++) dot += at(i, p) * at(j, p);
        expect(Math.abs(dot - (i === j ? gain * gain : 0))).toBeLessThan(dtype === 'f64' ? 1e-12 : 1e-5);
      }
    }
  });
});

describe('draws', () => {
  it('are the same for the same seed and path, others for others', () => {
    const of = (seed: number) => values(draw(init.normal(), [20, 20], 'f32', seed) as never);
    expect(of(3)).toEqual(of(3));
    expect(of(3)).not.toEqual(of(4));
    const { state } = {
      state: nn
        .sequential([nn.dense(20), nn.dense(20)])
        .build([20], { seed: 3 })
        .state(),
    };
    expect(values(state['layers.0.weight'] as never)).not.toEqual(values(state['layers.1.weight'] as never));
  });

  it('refuse arguments out of range', () => {
    expect(() => init.normal(0, -1)).toThrow('deviation');
    expect(() => init.uniform(1, 0)).toThrow('low must not be above high');
    expect(() => init.orthogonal(0)).toThrow('gain');
    expect(() => init.varianceScaling({ mode: 'fanout' as 'fanOut' })).toThrow('fanOut');
    expect(() => init.normal(Number.NaN)).toThrow('mean');
    expect(() => nn.dense(4, { kernelInit: init.orthogonal() }).build([3], { seed: 1.5 })).toThrow('seed');
  });
});
