import { describe, expect, it } from 'vitest';
import { array } from '../../src/tensor/ndarray.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { errorOf, f64, gradientOf, run, typeOf } from './run.js';

const xs = [-1.75, -1, -0.5, 0.25, 0.5, 1, 2.5];
const x = f64(xs);

const unary: [string, (x: Tensor) => Tensor, (x: number) => number][] = [
  ['neg', (t) => t.neg(), (v) => -v],
  ['abs', (t) => t.abs(), Math.abs],
  ['sign', (t) => t.sign(), Math.sign],
  ['exp', (t) => t.exp(), Math.exp],
  ['expm1', (t) => t.expm1(), Math.expm1],
  ['log', (t) => t.abs().log(), (v) => Math.log(Math.abs(v))],
  ['log1p', (t) => t.abs().log1p(), (v) => Math.log1p(Math.abs(v))],
  ['sqrt', (t) => t.abs().sqrt(), (v) => Math.sqrt(Math.abs(v))],
  ['rsqrt', (t) => t.abs().rsqrt(), (v) => 1 / Math.sqrt(Math.abs(v))],
  ['square', (t) => t.square(), (v) => v * v],
  ['tanh', (t) => t.tanh(), Math.tanh],
  ['sigmoid', (t) => t.sigmoid(), (v) => 1 / (1 + Math.exp(-v))],
  ['sin', (t) => t.sin(), Math.sin],
  ['cos', (t) => t.cos(), Math.cos],
  ['floor', (t) => t.floor(), Math.floor],
  ['ceil', (t) => t.ceil(), Math.ceil],
  ['reciprocal', (t) => t.reciprocal(), (v) => 1 / v],
  ['relu', (t) => t.relu(), (v) => Math.max(v, 0)],
  ['clip', (t) => t.clip(-1, 0.5), (v) => Math.min(Math.max(v, -1), 0.5)],
];

describe('pointwise methods', () => {
  it.each(unary)('%s', (_, method, expected) => {
    const found = run(method, [x]) as number[];
    xs.forEach((v, i) => {
      expect(found[i]).toBeCloseTo(expected(v), 14);
    });
  });

  it('round takes halves to the even number', () => {
    expect(run((t) => t.round(), [f64([-1.5, -0.5, 0.5, 1.5, 2.5])])).toEqual([-2, -0, 0, 2, 2]);
  });

  it('arithmetic of two, with numbers on either side', () => {
    const pair = [f64([6, 8]), f64([2, 4])];
    expect(run((a, b) => a!.add(b!), pair)).toEqual([8, 12]);
    expect(run((a, b) => a!.sub(b!), pair)).toEqual([4, 4]);
    expect(run((a, b) => a!.mul(b!), pair)).toEqual([12, 32]);
    expect(run((a, b) => a!.div(b!), pair)).toEqual([3, 2]);
    expect(run((a) => a!.pow(2), pair)).toEqual([36, 64]);
    expect(run((a) => a!.maximum(7), pair)).toEqual([7, 8]);
    expect(run((a) => a!.minimum(7), pair)).toEqual([6, 7]);
  });

  it('comparisons and logic give bool', () => {
    const pair = [f64([1, 2, 3]), f64([2, 2, 2])];
    expect(run((a, b) => a!.less(b!), pair)).toEqual([true, false, false]);
    expect(run((a, b) => a!.lessEqual(b!), pair)).toEqual([true, true, false]);
    expect(run((a, b) => a!.greater(b!), pair)).toEqual([false, false, true]);
    expect(run((a, b) => a!.greaterEqual(b!), pair)).toEqual([false, true, true]);
    expect(run((a, b) => a!.equal(b!), pair)).toEqual([false, true, false]);
    expect(run((a, b) => a!.notEqual(b!).and(a!.less(3)), pair)).toEqual([true, false, false]);
    expect(run((a, b) => a!.equal(b!).or(a!.equal(1)).not(), pair)).toEqual([false, false, true]);
  });

  it('knows NaN and the infinities', () => {
    const odd = f64([1, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(run((t) => t!.isFinite(), [odd])).toEqual([true, false, false]);
    expect(run((t) => t!.isNaN(), [odd])).toEqual([false, true, false]);
    expect(run((t) => t!.relu(), [odd])).toEqual([1, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(run((t) => t!.clip(0, 1), [odd])).toEqual([1, Number.NaN, 1]);
  });

  it('select takes numbers on both sides as f32', () => {
    expect(typeOf((t) => t.greater(0).select(1, 0), [x])).toBe('f32[7]');
    expect(run((t) => t.greater(0).select(1, -1), [x])).toEqual([-1, -1, -1, 1, 1, 1, 1]);
  });

  it('gradients at kinks are those of PyTorch', () => {
    const kinks = f64([-1, 0, 0.5, 1, 2]);
    expect(gradientOf((t) => t.relu(), [kinks])).toEqual([0, 0, 1, 1, 1]);
    expect(gradientOf((t) => t.clip(0, 1), [kinks])).toEqual([0, 1, 1, 1, 0]);
    expect(gradientOf((t) => t.abs(), [kinks])).toEqual([-1, 0, 1, 1, 1]);
    expect(gradientOf((t) => t.maximum(0.5), [kinks])).toEqual([0, 0, 0.5, 1, 1]);
  });
});

describe('dtypes', () => {
  it('numbers adapt to the tensor beside them', () => {
    expect(typeOf((t) => t.mul(2.5).add(1), [x])).toBe('f64[7]');
    expect(typeOf((t) => t.add(1), [array(Int32Array.of(1))])).toBe('i32[1]');
  });

  it('a number that does not fit is an error', () => {
    const error = errorOf(() => run((t) => t.add(0.5), [array(Int32Array.of(1))]));
    expect(error.code).toBe('DTYPE');
    expect(error.message).toContain("cast('f32')");
  });

  it('tensors never mix', () => {
    const error = errorOf(() => run((a, b) => a!.add(b!), [x, array([1])]));
    expect(error).toMatchObject({ name: 'DTypeError', code: 'DTYPE', op: 'add', inputs: 'f64[7], f32[1]' });
    expect(error.message).toContain('cast');
  });

  it('casts saturate', () => {
    const far = f64([1e20, -1e20, Number.NaN, 2.9, -2.9]);
    expect(run((t) => t.cast('i32'), [far])).toEqual([2147483647, -2147483648, 0, 2, -2]);
    expect(run((t) => t.cast('u8'), [far])).toEqual([255, 0, 0, 2, 0]);
    expect(run((t) => t.cast('bool'), [f64([0, 2, -0])])).toEqual([false, true, false]);
  });

  it('says what it does not take', () => {
    const wrong = [null, 'a', [1, 2], {}];
    for (const value of wrong) expect(errorOf(() => run((t) => t.add(value as never), [x])).code).toBe('DTYPE');
  });
});
