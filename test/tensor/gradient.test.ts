import { describe, expect, it } from 'vitest';
import { compile } from '../../src/tensor/compile.js';
import { customGradient } from '../../src/tensor/customGradient.js';
import { grad, valueAndGrad } from '../../src/tensor/grad.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { Parameter, variable } from '../../src/tensor/variable.js';
import { errorOf, f64, gradientOf, i32, run } from './run.js';

describe('grad', () => {
  it('follows the nesting of its targets', () => {
    const f = compile((x: Tensor, w: Tensor) => {
      const loss = x.mul(w).sum();
      const byList = grad(loss, [x, w]);
      const byName = grad(loss, { w, inner: { x } });
      const byMap = grad(loss, new Map([['x', x]]));
      return { byList, byName, x: byMap.get('x')! };
    });
    const result = f.sync(f64([1, 2]), f64([3, 4]));
    expect(result.byList.map((g) => g.toArray())).toEqual([[3, 4], [1, 2]]); // biome-ignore format: one line
    expect(result.byName.inner.x.toArray()).toEqual([3, 4]);
    expect(result.x.toArray()).toEqual([3, 4]);
  });

  it('of variables and parameters', () => {
    const w = variable(f64([2, 3]), { name: 'w' });
    const unused = new Parameter({ shape: [2], dtype: 'f64', init: () => f64([0, 0]) });
    const f = compile((x: Tensor) => {
      const [loss, gradients] = valueAndGrad(x.mul(w).square().sum(), { w, unused });
      return { loss, ...gradients };
    });
    const { loss, w: dw, unused: none } = f.sync(f64([1, 1]));
    expect([loss.item(), dw.toArray(), none.toArray()]).toEqual([13, [4, 6], [0, 0]]);
  });

  it('of the latest version of a variable', () => {
    const w = variable(f64(3));
    const f = compile(() => {
      w.assign(w.read().mul(2));
      return grad(w.read().square(), w);
    });
    expect(f.sync().item()).toBe(12);
  });

  it('can be used again: second and third derivatives', () => {
    const cube = (x: Tensor) => x.mul(x).mul(x);
    const x = f64(2);
    expect(run((t) => grad(cube(t), t), [x])).toBe(12);
    expect(run((t) => grad(grad(cube(t), t), t), [x])).toBe(12);
    expect(run((t) => grad(grad(grad(cube(t), t), t), t), [x])).toBe(6);
  });

  it('stops where it is told', () => {
    expect(gradientOf((x) => x.mul(x.stopGradient()), [f64([3])])).toEqual([3]);
  });

  it('refuses what has no gradient', () => {
    const x = f64([1, 2]);
    expect(errorOf(() => run((t) => grad(t, t), [x]))).toMatchObject({ code: 'SHAPE', op: 'grad', expected: 'a scalar', found: 'f64[2]' });
    expect(errorOf(() => run((t, i) => grad(t!.sum(), i!), [x, i32([1])])).message).toContain('i32; only f32 and f64 have gradients');
    expect(errorOf(() => run((t) => grad(t.sum(), { a: 3 } as never), [x])).message).toContain(
      'target a is neither a tensor of this trace nor a variable',
    );
    expect(errorOf(() => run((t) => grad(t.sum().cast('i32'), t), [x])).code).toBe('DTYPE');
    expect(errorOf(() => run((t) => grad(3 as never, t), [x])).code).toBe('DTYPE');
  });
});

describe('customGradient', () => {
  const double = customGradient(
    (x: Tensor) => x.mul(x),
    ({ gradients }) => [gradients.mul(100)],
  );

  it('replaces the gradient, not the value', () => {
    expect(run((x) => double(x), [f64(3)])).toBe(9);
    expect(gradientOf((x) => double(x), [f64(3)])).toBe(100);
  });

  it('has several inputs and nested results', () => {
    const pair = customGradient(
      (a: Tensor, b: Tensor) => ({ sum: a.add(b), product: a.mul(b) }),
      ({ inputs: [a], results, gradients }) => [gradients.sum.add(results.product), gradients.product.mul(a)],
    );
    const f = compile((a: Tensor, b: Tensor) => {
      const { sum, product } = pair(a, b);
      return grad(sum.add(product.mul(3)), [a, b]);
    });
    expect(f.sync(f64(2), f64(5)).map((g) => g.item())).toEqual([11, 6]);
  });

  it('may use tensors from outside, as constants, in either function', () => {
    const f = compile((x: Tensor, a: Tensor, b: Tensor) => {
      const scaled = customGradient(
        (t: Tensor) => t.mul(a),
        ({ gradients }) => [gradients.mul(b).mul(a)],
      );
      return grad(scaled(x), [x, a, b]);
    });
    expect(f.sync(f64(1), f64(2), f64(5)).map((g) => g.item())).toEqual([10, 0, 0]);
  });

  it('has a second derivative: that of backward', () => {
    const f = customGradient(
      (x: Tensor) => x.exp(),
      ({ inputs: [x], gradients }) => [gradients.mul(x).mul(x)],
    );
    expect(run((x) => grad(grad(f(x), x), x), [f64(3)])).toBe(6);
  });

  it('checks what backward returns', () => {
    const none = customGradient((x: Tensor) => x.mul(2), () => []); // biome-ignore format: one line
    expect(errorOf(() => gradientOf((x) => none(x), [f64(3)])).message).toContain('an array of 1 gradients');
    const wrong = customGradient((x: Tensor) => x.mul(2), ({ gradients }) => [gradients.sum(0)]); // biome-ignore format: one line
    expect(errorOf(() => gradientOf((x) => wrong(x), [f64([3])]))).toMatchObject({ code: 'SHAPE', expected: 'f64[1]', found: 'f64[]' });
  });
});
