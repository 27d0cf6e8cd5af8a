import { describe, expect, it } from 'vitest';
import { compile } from '../../src/tensor/compile.js';
import { normal, uniform } from '../../src/tensor/random.js';
import { errorOf, run } from './run.js';

describe('random numbers', () => {
  it('are other numbers in each run and each draw, the same for the same seed', () => {
    const make = (seed: number) => compile(() => [uniform([1000]), uniform([1000])], { seed });
    const f = make(1);
    const [a, b] = f.sync().map((r) => r.data);
    const [c] = f.sync().map((r) => r.data);
    expect(a).not.toEqual(b);
    expect(a).not.toEqual(c);
    const g = make(1);
    expect(g.sync().map((r) => r.data)).toEqual([a, b]);
    expect(g.sync()[0]!.data).toEqual(c);
    expect(make(2).sync()[0]!.data).not.toEqual(a);
  });

  it('keep to their ranges', () => {
    const data = compile(() => uniform([10000], { low: 2, high: 3, dtype: 'f64' })).sync().data;
    expect(Math.min(...data)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...data)).toBeLessThan(3);
    const bell = compile(() => normal([10000], { mean: 5, deviation: 2 })).sync().data;
    const mean = Array.from(bell).reduce((sum, v) => sum + v, 0) / bell.length;
    expect(Math.abs(mean - 5)).toBeLessThan((5 * 2) / Math.sqrt(bell.length));
  });

  it('check their options', () => {
    expect(errorOf(() => run(() => uniform([1], { min: 0 } as never))).message).toContain('unknown option "min"');
    expect(errorOf(() => run(() => normal([1], { deviation: -1 }))).message).toContain('deviation must be a number of 0 or more, found -1');
    expect(errorOf(() => uniform([1])).message).toContain('can only be used inside a function that is traced');
  });
});
