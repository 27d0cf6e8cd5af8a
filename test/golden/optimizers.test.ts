import { describe, expect, it } from 'vitest';
import { clip } from '../../src/optim/clip.js';
import * as optim from '../../src/optim/index.js';
import type { Optimizer } from '../../src/optim/optimizer.js';
import { compile } from '../../src/tensor/compile.js';
import { concat } from '../../src/tensor/functional.js';
import { array } from '../../src/tensor/ndarray.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { Parameter } from '../../src/tensor/variable.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { distance, fixture, numbers, type Stored, stored, type Values } from './fixtures.js';

type Trajectory = Readonly<Record<'w' | 'b', readonly (readonly number[])[]>>;

interface Case {
  readonly name: string;
  readonly rule: 'sgd' | 'adam' | 'adamW' | 'rmsprop';
  readonly options: Record<string, unknown> & { clipNorm?: number; clipValue?: number };
  readonly f64: Trajectory;
  readonly f32: Trajectory;
  readonly f32Deviation: number;
}

interface Clipping {
  readonly name: string;
  readonly clipNorm?: number;
  readonly clipValue?: number;
  readonly gradients: readonly Stored[];
  readonly clipped: readonly Values[];
  readonly clippedExactly?: readonly Values[];
}

const { start, curvature, drive, recorded, cases, clipping } = fixture<{
  start: Record<'w' | 'b', Stored>;
  curvature: Record<'w' | 'b', Stored>;
  drive: readonly (readonly number[])[];
  recorded: readonly number[];
  cases: readonly Case[];
  clipping: readonly Clipping[];
}>('optimizers');

const SHAPES = { w: [3, 4], b: [4] } as const;

function trajectory(c: Case, dtype: 'f32' | 'f64'): Record<'w' | 'b', number[][]> {
  const { clipNorm, clipValue, ...options } = c.options;
  const optimizer = (optim[c.rule] as (options: object) => Optimizer)(options);
  const parameter = (name: 'w' | 'b') => new Parameter({ shape: SHAPES[name], dtype, name, init: () => stored(start[name], dtype) });
  const theta = { w: parameter('w'), b: parameter('b') };
  const step = compile((driveW: Tensor, driveB: Tensor) => {
    const energy = (x: Parameter, k: Stored, d: Tensor) => x.read().square().mul(stored(k, dtype)).mul(0.5).add(x.read().mul(d)).sum();
    const loss = energy(theta.w, curvature.w, driveW).add(energy(theta.b, curvature.b, driveB));
    optimizer.apply(loss, [theta.w, theta.b], { clipNorm, clipValue });
    return loss;
  });
  const seen: Record<'w' | 'b', number[][]> = { w: [], b: [] };
  drive.forEach((d, t) => {
    step.sync(array(d.slice(0, 12), { shape: SHAPES.w, dtype }), array(d.slice(12), { shape: SHAPES.b, dtype }));
    if (recorded.includes(t + 1)) for (const name of ['w', 'b'] as const) seen[name].push(Array.from(theta[name].value.data));
  });
  return seen;
}

describe('trajectories of optimizers', () => {
  it.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const [wide, narrow] = [trajectory(c, 'f64'), trajectory(c, 'f32')];
    for (const name of ['w', 'b'] as const) {
      const expected = c.f64[name].flat();
      expect(distance(wide[name].flat(), expected)).toBeLessThan(reductionTolerance('f64', 100, 4));
      // As far from exact as torch's own float32, or the rounding of 100 updates.
      expect(distance(narrow[name].flat(), expected)).toBeLessThan(4 * c.f32Deviation + reductionTolerance('f32', 100, 1));
    }
  });
});

describe('clipping', () => {
  it.each(clipping.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const f = compile((w: Tensor, b: Tensor) => {
      const flat = concat([w.flatten(), b]);
      return clip([flat], flat.abs().max(), { clipNorm: c.clipNorm, clipValue: c.clipValue }).gradients[0]!;
    });
    const [w, b] = c.gradients as [Stored, Stored];
    const expected = numbers((c.clippedExactly ?? c.clipped).flat());
    expect(distance(f.sync(stored(w), stored(b)).data, expected)).toBeLessThan(reductionTolerance('f64', expected.length, 1));
  });

  it('takes the norm of gradients whose squares overflow', () => {
    const f = compile((g: Tensor) => clip([g], g.abs().max(), { clipNorm: 1 }));
    const { gradients, greatest } = f.sync(array([3e30, -4e30, 0]));
    expect(distance(gradients[0]!.data, [0.6, -0.8, 0])).toBeLessThan(reductionTolerance('f32', 3, 1));
    expect(greatest.item()).toBeCloseTo(0.8, 6);
  });
});
