/** `run.gradientNorm` and the callback that stops by it. */

import { describe, expect, it } from 'vitest';
import {
  array,
  type Callback,
  callbacks,
  compile,
  fit,
  grad,
  losses,
  type Model,
  type NDArray,
  nn,
  optim,
  type Tensor,
} from '../../src/index.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { rejection, toyData, twoEpochs } from './toy.js';

const data = toyData(100);
const make = () => nn.sequential([nn.dense(12, { activation: 'relu' }), nn.dropout(0.3), nn.dense(3)]);

describe('run.gradientNorm', () => {
  /** From the model's own weights, in one batch and in JavaScript. */
  function expectedNorms(model: Model, x: NDArray, y: NDArray, loss = losses.crossEntropy()) {
    const names = [...model.parameters().keys()];
    const f = compile((a: Tensor, b: Tensor) => names.map((name) => gradientOf(loss(model.call(a), b), model, name)), {
      mode: 'inference',
    });
    const flat = f.sync(x, y).flatMap(({ data: numbers }) => Array.from(numbers));
    return { max: Math.max(...flat.map(Math.abs)), 2: Math.hypot(...flat) };
  }
  const gradientOf = (loss: Tensor, model: Model, name: string) => grad(loss, model.parameters().get(name)!);

  it('is that of the mean loss over all rows, a smaller last batch included', async () => {
    const model = nn.sequential([nn.dense(12, { activation: 'relu' }), nn.dense(3)]);
    const seen = { max: 0, 2: 0 };
    const look: Callback = {
      async epochEnd({ epoch }, run) {
        if (epoch < 2) return;
        seen.max = (await run.gradientNorm())!;
        seen[2] = (await run.gradientNorm(2))!;
      },
    };
    await fit(model, data, twoEpochs({ callbacks: [look] }));
    const expected = expectedNorms(model, data.x, data.y.cast('i32'));
    expect(Math.abs(seen.max - expected.max)).toBeLessThan(reductionTolerance('f32', 100, 1));
    expect(Math.abs(seen[2] - expected[2])).toBeLessThan(reductionTolerance('f32', 100, 1));
  });

  it('of many batches is as precise as of one', async () => {
    // 20,000 gradients about 1 that cancel to a mean of 2⁻¹⁴.
    const rows = 20_000;
    const x = array(
      Float32Array.from({ length: rows }, () => 1),
      { shape: [rows, 1] },
    );
    const y = array(
      Float32Array.from({ length: rows }, (_, i) => (i % 2 === 0 ? 1 : -1) - 2 ** -14),
      { shape: [rows, 1] },
    );
    const model = nn.sequential([nn.dense(1, { useBias: false, kernelInit: 'zeros' })]);
    const seen: (number | undefined)[] = [];
    const look: Callback = { runBegin: async (run) => void seen.push(await run.gradientNorm()) };
    await fit(model, { x, y }, { loss: losses.mse(), optimizer: optim.sgd(), batchSize: 1, steps: 1, callbacks: [look] });
    expect(Math.abs(seen[0]! / 2 ** -13 - 1)).toBeLessThan(reductionTolerance('f32', 1, 1));
  });

  it('drops units as training does, by the step of the run: also after a resume', async () => {
    const at = async (steps: number, epochs: number) => {
      const seen: (number | undefined)[] = [];
      await fit(
        make(),
        data,
        twoEpochs({ epochs, steps, callbacks: [{ batchEnd: async (_, run) => void seen.push(await run.gradientNorm()) }] }),
      );
      return seen;
    };
    const [some, more] = [await at(3, 2), await at(5, 2)];
    expect(more.slice(0, 3)).toEqual(some);
    expect(new Set(more).size).toBe(5);
  });

  it('refuses another order', async () => {
    const run = fit(make(), data, twoEpochs({ callbacks: [{ runBegin: (context) => context.gradientNorm(1 as never) }] }));
    expect((await rejection(run)).message).toContain('run.gradientNorm: order must be "max" or 2, found 1');
  });
});

describe('callbacks.gradientNorm', () => {
  const flat = () => nn.sequential([nn.dense(3)]);
  const smooth = (below: number, more: Partial<Parameters<typeof callbacks.gradientNorm>[0]> = {}, epochs = 400) => {
    const norms: number[] = [];
    const stop = callbacks.gradientNorm({ below, onReport: (norm) => void norms.push(norm), ...more });
    const run = fit(flat(), data, { ...twoEpochs({ epochs, callbacks: [stop] }), optimizer: optim.sgd({ lr: 0.5 }), batchSize: 100 });
    return { norms, run };
  };

  it('ends a run whose gradient has become small', async () => {
    const { norms, run } = smooth(1e-2);
    expect(await run).toMatchObject({ stopReason: 'gradientNorm', epochs: norms.length, steps: norms.length });
    expect(norms.length).toBeLessThan(400);
    expect(norms.findIndex((norm) => norm <= 1e-2)).toBe(norms.length - 1);
  });

  it('counts the limit itself, measures by either order and at its epochs only', async () => {
    const { norms } = await finished(smooth(0, {}, 7));
    expect((await finished(smooth(norms[4]!, {}, 7))).norms).toEqual(norms.slice(0, 5));
    const { norms: lengths } = await finished(smooth(0, { order: 2 }, 7));
    expect(lengths.every((value, i) => value > norms[i]!)).toBe(true);
    expect((await finished(smooth(0, { everyEpochs: 3 }, 7))).norms).toEqual([norms[2], norms[5]]);
  });
  const finished = async (given: ReturnType<typeof smooth>) => ({ ...given, history: await given.run });

  it.each<[unknown, string]>([
    [undefined, 'callbacks.gradientNorm: below must be a number of 0 or more, found undefined'],
    [{ below: -1 }, 'below must be a number of 0 or more, found -1'],
    [{ below: 1, order: 'l2' }, 'order must be "max" or 2, found "l2"'],
    [{ below: 1, everyEpochs: 0 }, 'everyEpochs must be a whole number of 1 or more, found 0'],
    [{ bellow: 1 }, 'did you mean "below"?'],
  ])('refuses %j', (given, message) => {
    expect(() => callbacks.gradientNorm(given as never)).toThrow(message);
  });
});
