import { describe, expect, it, vi } from 'vitest';
import { compile } from '../../src/tensor/compile.js';
import { grad } from '../../src/tensor/grad.js';
import { uniform } from '../../src/tensor/random.js';
import { scan } from '../../src/tensor/scan.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { variable } from '../../src/tensor/variable.js';
import { errorOf, f64, run } from './run.js';

describe('scan', () => {
  it('carries and stacks', () => {
    const f = compile((xs: Tensor) => {
      const [last, sums] = scan((total, x) => [total.add(x), total.add(x)], xs.slice(0).mul(0), xs);
      return { last, sums };
    });
    const { last, sums } = f.sync(f64([1, 2, 3]));
    expect([last.item(), sums.toArray()]).toEqual([6, [1, 3, 6]]);
  });

  it('runs backwards', () => {
    const f = compile((xs: Tensor) => scan((total, x) => [total.mul(2).add(x), total], xs.slice(0).mul(0), xs, { reverse: true }));
    const [last, before] = f.sync(f64([1, 2, 3]));
    expect([last.item(), before.toArray()]).toEqual([17, [8, 3, 0]]);
  });

  it('carries trees, without xs and without ys', () => {
    const f = compile((x: Tensor) => scan(({ a, b }) => [{ a: b, b: a.add(b) }, undefined], { a: x, b: x }, undefined, { length: 10 }));
    const [{ a }, none] = f.sync(f64(1));
    expect([a.item(), none]).toEqual([89, undefined]);
  });

  it('uses tensors and variables from outside, and differentiates them', () => {
    const w = variable(f64(0.5), { name: 'w' });
    const f = compile((xs: Tensor, scale: Tensor) => {
      const [last] = scan((h, x) => [h.mul(w).add(x.mul(scale)), undefined], xs.slice(0).mul(0), xs);
      return { last, ...grad(last, { xs, scale, w }) };
    });
    const { last, xs, scale, w: dw } = f.sync(f64([1, 2, 3]), f64(2));
    expect(last.item()).toBe(8.5);
    expect(xs.toArray()).toEqual([0.5, 1, 2]);
    expect(scale.item()).toBe(4.25);
    expect(dw.item()).toBe(6);
  });

  it('nests', () => {
    const f = compile((xs: Tensor) => {
      const [sum] = scan(
        (total, row) => {
          const [inner] = scan((t, x) => [t.add(x.mul(xs.slice(0, 0))), undefined], total, row);
          return [inner, undefined];
        },
        xs.slice(0, 0).mul(0),
        xs,
      );
      return { sum, d: grad(sum, xs) };
    });
    const { sum, d } = f.sync(f64([[2, 1], [3, 4]])); // biome-ignore format: one line
    expect(sum.item()).toBe(20);
    expect(d.toArray()).toEqual([[12, 2], [2, 2]]); // biome-ignore format: one line
  });

  it('has a gradient whose graph does not grow with the length', () => {
    const lines = (length: number) => {
      const f = compile((x: Tensor) => {
        const [last] = scan((h) => [h.mul(0.99).sin(), undefined], x, undefined, { length });
        return grad(last, x);
      });
      f.sync(f64(1));
      return f.toString().split('\n').length;
    };
    expect(lines(1000)).toBe(lines(10));
  });

  it('draws other numbers in each iteration', () => {
    const body = vi.fn((h: Tensor): [Tensor, Tensor] => [h, uniform([2])]);
    const f = compile(() => scan(body, f64(0), undefined, { length: 100 })[1], { seed: 3 });
    const first = f.sync();
    const second = f.sync();
    expect(new Set(first.data).size).toBe(200);
    expect(new Set([...first.data, ...second.data]).size).toBe(400);
    const again = compile(() => scan((h) => [h, uniform([2])], f64(0), undefined, { length: 100 })[1], { seed: 3 });
    expect(again.sync().data).toEqual(first.data);
  });

  it('lengths 0 and 1', () => {
    const f = compile((xs: Tensor) => scan((total, x) => [total.add(x), total], 1, xs.cast('f32')));
    expect(f.sync(f64([]))[0].item()).toBe(1);
    expect(f.sync(f64([]))[1].shape).toEqual([0]);
    expect(f.sync(f64([4]))[0].item()).toBe(5);
  });

  it('explains what does not fit', () => {
    const xs = f64([1, 2]);
    const message = (body: Parameters<typeof run>[0]) => errorOf(() => run(body, [xs])).message;
    expect(message((t) => scan((h) => [h.expandDims(0), undefined], t.slice(0), t)[0])).toContain(
      'the carry goes in as f64[] and comes out as f64[1]',
    );
    expect(message((t) => scan((h) => [[h, h] as never, undefined], t.slice(0), t)[0])).toContain(
      'returned the carry as [*,*], expected *',
    );
    expect(message((t) => scan((h) => [h, undefined], t, undefined)[0])).toContain('length is required');
    expect(message((t) => scan((h) => [h, undefined], t, t, { length: 3 })[0])).toContain('must have 3 entries');
    const bare = ((h: Tensor) => h) as unknown as (h: Tensor) => [Tensor, undefined];
    expect(message((t) => scan(bare, t, t)[0])).toContain('must return [carry, y]');
    const w = variable(f64(1));
    expect(
      message(
        (t) =>
          scan(
            (h) => {
              w.assign(2);
              return [h, undefined];
            },
            t,
            t,
          )[0],
      ),
    ).toContain('cannot be assigned inside the body of scan');
    let escaped!: Tensor;
    expect(
      message((t) => {
        scan(
          (h) => {
            escaped = h;
            return [h, undefined];
          },
          t,
          t,
        );
        return t.add(escaped);
      }),
    ).toContain('Return it from the inner function');
  });
});
