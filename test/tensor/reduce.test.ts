import { describe, expect, it } from 'vitest';
import { array } from '../../src/tensor/ndarray.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { errorOf, f64, gradientOf, run, typeOf } from './run.js';

const m = f64([
  [1, 2, 6],
  [4, 8, 0],
]);

describe('reductions', () => {
  it.each<[string, (x: Tensor) => Tensor, unknown]>([
    ['sum', (x) => x.sum(), 21],
    ['sum of one axis', (x) => x.sum(0), [5, 10, 6]],
    ['sum, negative axis', (x) => x.sum(-1), [9, 12]],
    ['sum, dims kept', (x) => x.sum(1, { keepDims: true }), [[9], [12]]],
    ['sum of no axis', (x) => x.sum([]), m.toArray()],
    ['mean', (x) => x.mean(), 3.5],
    ['mean of one axis', (x) => x.mean(1), [3, 4]],
    ['variance', (x) => x.variance(1), [14 / 3, 32 / 3]],
    ['variance, corrected', (x) => x.variance(1, { correction: 1 }), [7, 16]],
    ['std', (x) => x.std(1, { correction: 1, keepDims: true }), [[Math.sqrt(7)], [4]]],
    ['max', (x) => x.max(0), [4, 8, 6]],
    ['min', (x) => x.min(), 0],
    ['argmax', (x) => x.argmax(1), [2, 1]],
    ['argmin of all', (x) => x.argmin(), 5],
    ['any', (x) => x.greater(7).any(1), [false, true]],
    ['all', (x) => x.greater(0).all(1), [true, false]],
    ['norm', (x) => x.sub(x.mean(1, { keepDims: true })).norm(1), [Math.sqrt(14), Math.sqrt(32)]],
    ['norm of order 1', (x) => x.neg().norm(undefined, { order: 1 }), 21],
    ['norm of order max', (x) => x.neg().norm(0, { order: 'max' }), [4, 8, 6]],
  ])('%s', (_, fn, expected) => {
    expect(run(fn, [m])).toEqual(expected);
  });

  it('logsumexp neither over- nor underflows', () => {
    const far = f64([
      [1000, 1000],
      [-1000, -1000],
      [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      [Number.POSITIVE_INFINITY, 0],
    ]);
    const ln2 = Math.log(2);
    expect(run((x) => x.logsumexp(1), [far])).toEqual([1000 + ln2, -1000 + ln2, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(run((x) => x.logsumexp(-1, { keepDims: true }), [far.slice(0, 2)])).toEqual([[1000 + ln2], [-1000 + ln2]]);
    expect(run((x) => x.logsumexp([0, 1]), [f64([[0, 0], [0, 0]])])).toBeCloseTo(Math.log(4), 14); // biome-ignore format: one line
  });

  it('the gradient of logsumexp is softmax', () => {
    const row = f64([[1, 2, 3]]);
    expect(gradientOf((x) => x.logsumexp(-1), [row])).toEqual(expect.anything());
    const [found] = gradientOf((x) => x.logsumexp(-1), [row]) as number[][];
    const [expected] = run((x) => x.softmax(), [row]) as number[][];
    found!.forEach((v, i) => {
      expect(v).toBeCloseTo(expected![i]!, 14);
    });
  });

  it('variance stays precise far from 0', () => {
    const shifted = array(Float32Array.of(10001, 10002, 10003));
    expect(run((x) => x.variance(), [shifted])).toBeCloseTo(2 / 3, 5);
  });

  it('sizes 0 and 1', () => {
    const none = array([], { shape: [0, 3] });
    expect(run((x) => x.sum(0), [none])).toEqual([0, 0, 0]);
    expect(run((x) => x.sum(1), [none])).toEqual([]);
    expect(run((x) => x.mean(0), [none])).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(run((x) => x.max(1), [none])).toEqual([]);
    expect(typeOf((x) => x.mean(), [array(3)])).toBe('f32[]');
  });

  it('equal maxima share the gradient', () => {
    expect(gradientOf((x) => x.max(), [f64([3, 1, 3])])).toEqual([0.5, 0, 0.5]);
  });

  it('bad axes and options', () => {
    expect(errorOf(() => run((x) => x.sum(2), [m]))).toMatchObject({ code: 'SHAPE', op: 'sum' });
    expect(errorOf(() => run((x) => x.sum(0, { keepDim: true } as never), [m])).message).toContain('did you mean "keepDims"?');
    expect(errorOf(() => run((x) => x.mean(0, { keepDims: 1 } as never), [m])).message).toContain(
      'mean: keepDims must be true or false, found 1',
    );
    expect(errorOf(() => run((x) => x.argmax([] as never), [m])).code).toBe('OPTION');
  });
});
