import { describe, expect, it, vi } from 'vitest';
import { compile } from '../../src/tensor/compile.js';
import { grad } from '../../src/tensor/grad.js';
import { array, type NDArray } from '../../src/tensor/ndarray.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { variable } from '../../src/tensor/variable.js';
import { errorOf } from './run.js';

describe('compile', () => {
  it('takes and returns nested values', async () => {
    const f = compile(({ a, list }: { a: Tensor; list: readonly [Tensor, Tensor] }, scale: Tensor) => ({
      sum: a.add(list[0]).mul(scale),
      rest: [list[1], 7, 'text', undefined, null],
    }));
    const result = await f({ a: array([1, 2]), list: [array([3, 4]), array(5)] }, 10);
    expect(result.sum.toArray()).toEqual([40, 60]);
    expect((result.rest[0] as NDArray).item()).toBe(5);
    expect(result.rest.slice(1)).toEqual([7, 'text', undefined, null]);
  });

  it('gives the same on the calling thread and off it', async () => {
    const f = compile((x: Tensor) => x.exp().sum());
    const x = array([1, 2, 3]);
    expect(f.sync(x).item()).toBe((await f(x)).item());
  });

  it('is traced once for each combination of shapes, dtypes and other values', () => {
    const body = vi.fn((x: Tensor, _flag?: string) => x.add(1));
    const f = compile(body);
    f.sync(array([1]));
    f.sync(array([2]));
    expect(body).toHaveBeenCalledTimes(1);
    f.sync(array([1, 2]));
    f.sync(array(Int32Array.of(1)));
    f.sync(array([1]), 'a');
    f.sync(array([1]), 'b');
    f.sync(array([1]), 'a');
    expect(body).toHaveBeenCalledTimes(5);
  });

  it('numbers are arguments, not part of the combination', () => {
    const body = vi.fn((x: Tensor, scale: Tensor) => x.mul(scale));
    const f = compile(body);
    expect([1, 2, 3].map((scale) => f.sync(array([2]), scale).item())).toEqual([2, 4, 6]);
    expect(body).toHaveBeenCalledTimes(1);
  });

  it('keeps 64 programs and warns once', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const body = vi.fn((x: Tensor) => x.add(1));
    const f = compile(body);
    const lengths = Array.from({ length: 65 }, (_, i) => i + 1);
    for (const length of lengths) f.sync(array(new Float32Array(length)));
    f.sync(array(new Float32Array(65)));
    expect(body).toHaveBeenCalledTimes(65);
    f.sync(array(new Float32Array(1)));
    expect(body).toHaveBeenCalledTimes(66);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  it('reads and writes variables', async () => {
    const count = variable(0, { name: 'count' });
    const f = compile((x: Tensor) => {
      count.assign(count.read().add(x));
      return { after: count, double: count.read().mul(2) };
    });
    await f(1);
    const { after, double } = await f(2);
    expect([after.item(), double.item(), count.value.item()]).toEqual([3, 6, 3]);
    count.value = 10;
    expect(f.sync(1).after.item()).toBe(11);
  });

  it('runs calls in order', async () => {
    const count = variable(1);
    const f = compile((x: Tensor) => {
      count.assign(count.read().mul(2).add(x));
      return count;
    });
    const results = await Promise.all([f(1), f(2), f(3)]);
    expect(results.map((r) => r.item())).toEqual([3, 8, 19]);
  });

  it('prints its program', () => {
    const f = compile(function product(x: Tensor) {
      return x.matmul(x, { transposeB: true });
    });
    expect(f.toString()).toContain('not called yet');
    f.sync(array([[1, 2]]));
    expect(f.toString()).toContain('matmul');
  });

  it('an error of the function goes through, and the next call works', async () => {
    let fail = true;
    const f = compile((x: Tensor) => {
      if (fail) throw new RangeError('mine');
      return x.add(1);
    });
    await expect(f(1)).rejects.toThrow(new RangeError('mine'));
    fail = false;
    expect((await f(1)).item()).toBe(2);
  });

  it('errors point at the line of the op', async () => {
    const f = compile((x: Tensor) => {
      return x.matmul(x); // the culprit
    });
    const error = errorOf(() => f.sync(array([[1, 2, 3]])));
    const frames = error.stack!.split('\n').filter((line) => line.includes(' at '));
    expect(frames[0]).toContain('compile.test.ts');
    expect(error.stack).not.toMatch(/src[\\/](tensor|native|nn)/);
    const rejected = await f(array([[1, 2, 3]])).catch((reason: Error) => reason);
    expect((rejected as Error).stack).toContain('compile.test.ts');
  });

  it('a fault at run time has a stack of the call', async () => {
    const f = compile((x: Tensor, index: Tensor) => x.gather(index));
    const error = await f(array([1, 2]), array(Int32Array.of(0, 5))).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: 'DATA', op: 'gather' });
    expect((error as Error).stack).toContain('compile.test.ts');
    expect(f.sync(array([1, 2]), array(Int32Array.of(1))).toArray()).toEqual([2]);
  });

  it('refuses what it cannot take', () => {
    const f = compile((x: Tensor) => x);
    expect(errorOf(() => f.sync(new Float32Array(2) as never)).message).toContain('wrap it with array()');
    expect(errorOf(() => f.sync(variable(1) as never)).message).toContain('variables are read inside');
    expect(errorOf(() => f.sync((() => 1) as never)).code).toBe('DTYPE');
    expect(errorOf(() => compile(3 as never)).code).toBe('OPTION');
    expect(errorOf(() => compile((x: Tensor) => x, { mod: 'training' } as never)).message).toContain('did you mean "mode"?');
  });

  it('explains async functions, branches on tensors and nested calls', () => {
    const late = compile(async (x: Tensor) => x);
    expect(errorOf(() => late.sync(1)).message).toContain('is async');
    const branch = compile((x: Tensor) => ((x as unknown as number) > 0 ? x : x.neg()));
    expect(errorOf(() => branch.sync(1)).message).toContain('where(condition, a, b)');
    const inner = compile((x: Tensor) => x);
    const outer = compile((x: Tensor) => inner.sync(x as never) as never as Tensor);
    expect(errorOf(() => outer.sync(1)).message).toContain('call the plain function instead');
  });

  it('tensors do not leave their function', () => {
    let kept!: Tensor;
    const f = compile((x: Tensor) => {
      kept = x;
      return x;
    });
    f.sync(1);
    expect(errorOf(() => kept.add(1)).message).toContain('can only be used inside a function that is traced');
    const g = compile((x: Tensor) => x.add(kept));
    const error = errorOf(() => g.sync(1));
    expect(error.code).toBe('STATE');
    expect(error.message).toContain('belongs to a trace that has ended');
    expect(String(kept)).toBe('Tensor f32[]');
    expect(errorOf(() => JSON.stringify(kept)).code).toBe('STATE');
  });

  it('functions without arguments or results', async () => {
    const state = variable([1, 2]);
    const reset = compile(() => state.assign([3, 4].length));
    expect(errorOf(() => reset.sync()).message).toContain('cannot be assigned []');
    const double = compile(() => {
      state.assign(state.read().mul(2));
    });
    expect(await double()).toBeUndefined();
    expect(state.value.toArray()).toEqual([2, 4]);
    expect(grad).toBeTypeOf('function');
  });
});
