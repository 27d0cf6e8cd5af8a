/** Results large enough to be computed in memory of their own (native/runtime/results.cpp). */

import { describe, expect, it } from 'vitest';
import { addon } from '../../src/native/addon.js';
import { compile } from '../../src/tensor/compile.js';
import { ones, tensor } from '../../src/tensor/functional.js';
import { array, type NDArray } from '../../src/tensor/ndarray.js';
import type { Tensor } from '../../src/tensor/tensor.js';

const SIZE = 40_000;
const numbers = (f: (i: number) => number) => Float32Array.from({ length: SIZE }, (_, i) => f(i));
const x = array(numbers((i) => i));
const valuesOf = (result: NDArray) => result.data;

describe('large results', () => {
  it('of one call stay as they are through later ones', async () => {
    const f = compile((a: Tensor) => a.mul(2).add(1));
    const first = await f(x);
    const second = f.sync(array(numbers((i) => -i)));
    expect(valuesOf(first)).toEqual(numbers((i) => 2 * i + 1));
    expect(valuesOf(second)).toEqual(numbers((i) => 1 - 2 * i));
  });

  it('may be the same value, a part of another, an argument or a constant', async () => {
    const f = compile((a: Tensor) => {
      const sum = a.add(1);
      const parts = { flat: sum.reshape([2, SIZE / 2]), part: sum.slice([1, 20_001]) };
      return { sum, again: sum, ...parts, a, twice: a.mul(2), ones: ones([SIZE]), constant: tensor(x) };
    });
    for (const result of [await f(x), f.sync(x)]) {
      expect(valuesOf(result.sum)).toEqual(numbers((i) => i + 1));
      expect(valuesOf(result.again)).toEqual(valuesOf(result.sum));
      expect(valuesOf(result.flat)).toEqual(valuesOf(result.sum));
      expect(result.flat.shape).toEqual([2, SIZE / 2]);
      expect(valuesOf(result.part)).toEqual(numbers((i) => i + 1).subarray(1, 20_001));
      expect(valuesOf(result.a)).toEqual(numbers((i) => i));
      expect(valuesOf(result.twice)).toEqual(numbers((i) => 2 * i));
      expect(valuesOf(result.ones)).toEqual(numbers(() => 1));
      expect(valuesOf(result.constant)).toEqual(numbers((i) => i));
    }
  });

  it('of a call that fails are given to nobody', () => {
    const f = compile((a: Tensor, index: Tensor) => a.reshape([SIZE, 1]).gather(index).reshape([SIZE]).add(1));
    const rows = (first: number) => array(Int32Array.from({ length: SIZE }, (_, i) => (i === 0 ? first : i)));
    const before = f.sync(x, rows(3));
    expect(() => f.sync(x, rows(SIZE))).toThrow(/out of range/);
    expect(valuesOf(f.sync(x, rows(5)))[0]).toBe(6);
    expect(valuesOf(before)[0]).toBe(4);
  });

  // The fused program refuses its step, the checked one says whether that was right.
  it('of a call whose guard refuses, and of the next', () => {
    const graph = addon.graph();
    const count = graph.input('state', 'count', 'f32', []);
    const argument = graph.input('argument', 'x', 'f32', [SIZE]);
    const log = graph.emit('log', [argument]);
    graph.output(log);
    graph.guard(graph.emit('isFinite', [graph.emit('sum', [log], { axes: [0] })]));
    graph.commit(count, graph.emit('add', [count, graph.scalar(1, 'f32')]), true);
    const run = addon.bind(addon.program(graph), [addon.variable('f32', [], addon.zeros('f32', []))], graph);
    const given = (first: number) =>
      addon.array(
        numbers((i) => (i === 0 ? first : 1)),
        'f32',
        [SIZE],
      );
    const before = run.callSync([given(1)])[0]!;
    expect(() => run.callSync([given(-1)])).toThrow(/NaN/);
    expect((run.callSync([given(Math.E)])[0]!.read() as Float32Array)[0]).toBeCloseTo(1, 6);
    expect(before.read()).toEqual(new Float32Array(SIZE));
  });

  it('are not written by what comes after them: a profile, results into typed arrays', async () => {
    const graph = addon.graph();
    graph.output(graph.emit('neg', [graph.input('argument', 'x', 'f32', [SIZE])]));
    const run = addon.bind(addon.program(graph), [], graph);
    const given = (value: number) => addon.array(new Float32Array(SIZE).fill(value), 'f32', [SIZE]);
    const result = run.callSync([given(1)])[0]!;
    const target = new Float32Array(SIZE);
    run.callInto(given(2), target);
    await run.profile([given(3)], 1, 1);
    expect(target).toEqual(new Float32Array(SIZE).fill(-2));
    expect(result.read()).toEqual(new Float32Array(SIZE).fill(-1));
  });
});
