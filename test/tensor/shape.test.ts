import { describe, expect, it } from 'vitest';
import { arange, concat, full, iota, onesLike, stack, sub, where } from '../../src/tensor/functional.js';
import type { Range } from '../../src/tensor/methods/shape.js';
import { array } from '../../src/tensor/ndarray.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { errorOf, f64, i32, run, typeOf } from './run.js';

const m = f64([
  [1, 2, 3],
  [4, 5, 6],
]);

describe('shapes', () => {
  it.each<[string, (x: Tensor) => Tensor, unknown]>([
    ['reshape', (x) => x.reshape([3, 2]), [[1, 2], [3, 4], [5, 6]]], // biome-ignore format: one line
    ['reshape with -1', (x) => x.reshape([-1, 2]), [[1, 2], [3, 4], [5, 6]]], // biome-ignore format: one line
    ['flatten', (x) => x.flatten(), [1, 2, 3, 4, 5, 6]],
    ['flatten from an axis', (x) => x.reshape([2, 3, 1]).flatten(1), [[1, 2, 3], [4, 5, 6]]], // biome-ignore format: one line
    ['transpose', (x) => x.transpose(), [[1, 4], [2, 5], [3, 6]]], // biome-ignore format: one line
    ['transpose by axes', (x) => x.transpose([1, 0]), [[1, 4], [2, 5], [3, 6]]], // biome-ignore format: one line
    ['swapAxes', (x) => x.swapAxes(0, -1), [[1, 4], [2, 5], [3, 6]]], // biome-ignore format: one line
    ['expandDims and squeeze', (x) => x.expandDims(-1).expandDims(0).squeeze(), [[1, 2, 3], [4, 5, 6]]], // biome-ignore format: one line
    ['squeeze one', (x) => x.expandDims(0).squeeze(0).sum(0), [5, 7, 9]],
    ['broadcastTo', (x) => x.slice(0).broadcastTo([2, 3]), [[1, 2, 3], [1, 2, 3]]], // biome-ignore format: one line
    ['flip', (x) => x.flip(1), [[3, 2, 1], [6, 5, 4]]], // biome-ignore format: one line
    ['flip all', (x) => x.flip(), [[6, 5, 4], [3, 2, 1]]], // biome-ignore format: one line
    ['pad', (x) => x.pad([[1, 0], 0], { value: 9 }), [[9, 9, 9], [1, 2, 3], [4, 5, 6]]], // biome-ignore format: one line
    ['split', (x) => x.split(3, 1)[1]!, [[2], [5]]],
    ['split by sizes', (x) => x.split([1, 2], 1)[1]!, [[2, 3], [5, 6]]], // biome-ignore format: one line
    ['concat', (x) => concat([x, x.slice([0, 1])]), [[1, 2, 3], [4, 5, 6], [1, 2, 3]]], // biome-ignore format: one line
    ['concat, last axis', (x) => concat([x, x], -1).slice(0), [1, 2, 3, 1, 2, 3]],
    ['stack', (x) => stack([x.slice(0), x.slice(1)], 1), [[1, 4], [2, 5], [3, 6]]], // biome-ignore format: one line
    ['matmul', (x) => x.matmul(x, { transposeB: true }), [[14, 32], [32, 77]]], // biome-ignore format: one line
    ['gather', (x) => x.gather(array(Int32Array.of(1, 0, 1))), [[4, 5, 6], [1, 2, 3], [4, 5, 6]]], // biome-ignore format: one line
    ['scatterAdd', (x) => x.scatterAdd(array(Int32Array.of(2, 2)), 3), [[0, 0, 0], [0, 0, 0], [5, 7, 9]]], // biome-ignore format: one line
    ['functions with a number first', (x) => sub(1, x), [[0, -1, -2], [-3, -4, -5]]], // biome-ignore format: one line
    ['where with an array', (x) => where(x.greater(3), x, f64([7, 8, 9])), [[7, 8, 9], [4, 5, 6]]], // biome-ignore format: one line
    ['onesLike', (x) => onesLike(x).sum(), 6],
  ])('%s', (_, fn, expected) => {
    expect(run(fn, [m])).toEqual(expected);
  });

  it.each<[string, Range[], unknown]>([
    ['[1]', [1], [4, 5, 6]],
    ['[-1]', [-1], [4, 5, 6]],
    ['[:, 1]', [null, 1], [2, 5]],
    ['[:, 1:]', [null, [1]], [[2, 3], [5, 6]]], // biome-ignore format: one line
    ['[:, :-1]', [null, [null, -1]], [[1, 2], [4, 5]]], // biome-ignore format: one line
    ['[:, ::2]', [null, [null, null, 2]], [[1, 3], [4, 6]]], // biome-ignore format: one line
    ['[:, ::-1]', [null, [null, null, -1]], [[3, 2, 1], [6, 5, 4]]], // biome-ignore format: one line
    ['[:, 2:0:-1]', [null, [2, 0, -1]], [[3, 2], [6, 5]]], // biome-ignore format: one line
    ['[:, -1::-2]', [null, [-1, null, -2]], [[3, 1], [6, 4]]], // biome-ignore format: one line
    ['[5:, 0]', [[5], 0], []],
    ['[0:100, -100:1]', [[0, 100], [-100, 1]], [[1], [4]]], // biome-ignore format: one line
    ['[1:0]', [[1, 0]], []],
    ['[1, 2]', [1, 2], 6],
  ])('slice %s as NumPy', (_, ranges, expected) => {
    expect(run((x) => x.slice(...ranges), [m])).toEqual(expected);
  });

  it('sorts and selects', () => {
    const row = f64([[3, 1, Number.NaN, 2]]);
    expect(run((x) => x.sort().values, [row])).toEqual([[1, 2, 3, Number.NaN]]);
    expect(run((x) => x.sort({ descending: true }).indices, [row])).toEqual([[0, 3, 1, 2]]);
    expect(run((x) => x.topK(2).values, [row])).toEqual([[3, 2]]);
    expect(run((x) => x.topK(2, { descending: false }).indices, [row])).toEqual([[1, 3]]);
  });

  it('makes tensors', () => {
    expect(run(() => arange(4))).toEqual([0, 1, 2, 3]);
    expect(run(() => iota([2, 2], 0, 'f32'))).toEqual([[0, 0], [1, 1]]); // biome-ignore format: one line
    expect(run(() => full([2], 2.5))).toEqual([2.5, 2.5]);
    expect(typeOf(() => full([0, 2], 1, 'i32'))).toBe('i32[0,2]');
    expect(run((x) => x.oneHot(3), [i32([2, 0, 5])])).toEqual([[0, 0, 1], [1, 0, 0], [0, 0, 0]]); // biome-ignore format: one line
  });

  it('softmax along any axis', () => {
    const columns = run((x) => x.softmax(0).sum(0), [m]) as number[];
    for (const sum of columns) expect(sum).toBeCloseTo(1, 14);
    const rows = run((x) => x.logSoftmax().exp().sum(1), [m]) as number[];
    for (const sum of rows) expect(sum).toBeCloseTo(1, 14);
  });

  it.each<[string, (x: Tensor) => unknown, string, string]>([
    ['reshape to another size', (x) => x.reshape([4]), 'SHAPE', 'cannot reshape f64[2, 3] with 6 elements to [4]'],
    ['two -1', (x) => x.reshape([-1, -1]), 'SHAPE', 'one may be -1'],
    ['a fraction in a shape', (x) => x.reshape([1.5]), 'OPTION', 'reshape: shape must be an array'],
    ['an axis that is not there', (x) => x.expandDims(4), 'SHAPE', 'expandDims: axis 4 is not in [2, 3]; expected -3 to 2'],
    ['squeeze of more than 1', (x) => x.squeeze(1), 'SHAPE', 'squeeze: axis 1 of [2, 3] has size 3, expected 1'],
    ['a position past the end', (x) => x.slice(2), 'SHAPE', 'slice: position 2 is not in axis 0 of [2, 3]'],
    ['too many ranges', (x) => x.slice(0, 0, 0), 'SHAPE', '3 ranges for [2, 3]'],
    ['a step of 0', (x) => x.slice([0, 1, 0]), 'OPTION', 'step'],
    ['a split that does not fit', (x) => x.split(2, 1), 'SHAPE', 'does not make 2 equal pieces'],
    [
      'a split into more pieces than anyone has',
      (x) => x.split(2 ** 40),
      'OPTION',
      'split: pieces must be a whole number from 1 to 1048576',
    ],
    ['a split into nothing that is known', (x) => x.split({} as never), 'OPTION', 'or an array, each element a whole number of 0 or more'],
    [
      'padding that is missing',
      (x) => x.pad(undefined as never),
      'OPTION',
      'pad: padding must be an array, each element a whole number or [before, after]',
    ],
    ['padding of one side and a fraction', (x) => x.pad([[1, 0.5], 0]), 'OPTION', 'pad: padding'],
    [
      'a range that is none',
      (x) => x.slice(0, true as never),
      'OPTION',
      'slice: range of axis 1 must be a position, [begin, end], [begin, end, step] or null',
    ],
    ['concat of nothing', () => concat([]), 'OPTION', 'at least one tensor'],
    ['an unknown dtype', (x) => x.cast('f16' as never), 'OPTION', 'found "f16"; did you mean "f32"?'],
    ['matmul of inner dimensions that differ', (x) => x.matmul(x), 'SHAPE', 'inner dimensions differ'],
  ])('%s', (_, fn, code, message) => {
    const error = errorOf(() => run((x) => fn(x) as Tensor, [m]));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });
});
