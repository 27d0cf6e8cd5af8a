/** Histograms of a probe count exactly. */

import { describe, expect, it } from 'vitest';
import { array, type Callback, fit, losses, nn, optim, type Probe } from '../../src/index.js';
import { generator } from '../support/generator.js';
import { firstLook } from './looks.js';

describe('histograms', () => {
  /** Of weights that are given. */
  async function binned(values: Float32Array, bins: number) {
    const model = nn.sequential([nn.dense(1, { useBias: false, kernelInit: ({ shape }) => array(values, { shape }) })]);
    const x = array(new Float32Array(values.length), { shape: [1, values.length] });
    const { parameters } = await firstLook(model, { x, y: [[0]] }, { loss: losses.mse(), optimizer: optim.sgd({ lr: 0 }) }, { bins });
    return parameters['layers.0.weight']!.weight;
  }

  const random = generator(3);
  const uniform = Float32Array.from({ length: 1000 }, () => random() * 4 - 1);
  const ulp = (of: number, steps: number) =>
    new Float32Array(new Int32Array([new Int32Array(new Float32Array([of]).buffer)[0]! + steps]).buffer)[0]!;

  it.each<[string, ArrayLike<number>, number]>([
    ['random numbers', uniform, 64],
    ['many bins', uniform, 4096],
    ['one bin', uniform, 1],
    ['whole numbers on the edges', Array.from({ length: 257 }, (_, i) => i), 64],
    ['a long tail', Array.from({ length: 500 }, (_, i) => 1.2 ** (i / 4)), 32],
    ['far from 0', Array.from({ length: 300 }, (_, i) => ulp(1000, i * 40)), 30],
    ['at the limit of what counts as different', Array.from({ length: 300 }, (_, i) => ulp(1000, i)), 8],
    ['tiny', uniform.map((x) => x * 1e-35), 16],
    ['huge', uniform.map((x) => x * 1e37), 16],
    ['all equal', new Float32Array(77).fill(-3), 5],
    ['all 0', new Float32Array(10), 4],
    ['0 and −0', [0, -0, 0, -0, 1], 4],
    ['one number', [0.25], 7],
    ['neighbours', Array.from({ length: 64 }, (_, i) => ulp(1, i % 2)), 64],
  ])('are exact for their edges: %s', async (_, values, bins) => {
    const x = Float32Array.from(values);
    const { min, max, histogram } = await binned(x, bins);
    const { edges, counts } = histogram!;
    expect([edges.length, counts.length]).toEqual([bins + 1, bins]);
    expect(edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)).toBe(true);
    expect([min, max]).toEqual([Math.min(...x), Math.max(...x)].map((value) => value + 0));
    expect(edges[0]).toBeLessThanOrEqual(min);
    expect(edges.at(-1)).toBeGreaterThanOrEqual(max);
    const expected = counts.map((_, i) => x.filter((value) => value >= edges[i]! && (value < edges[i + 1]! || i === bins - 1)).length);
    expect(counts).toEqual(expected);
    expect(counts.reduce((sum, count) => sum + count)).toBe(x.length);
  });

  it('are left out where an element is not finite', async () => {
    const model = nn.sequential([nn.dense(1, { kernelInit: 'ones' }), (x) => x.sub(2).log()]);
    const run = firstLook(model, { x: [[1], [3]], y: [[0], [0]] }, { loss: losses.mse(), optimizer: optim.sgd() }, { bins: 4 });
    await expect(run).rejects.toThrow('was refused');
    const seen: (Probe | undefined)[] = [];
    const look: Callback = {
      async runBegin(context) {
        seen.push(await context.probe({ bins: 4 }));
        context.stop('seen');
      },
    };
    await fit(model, { x: [[1], [3]], y: [[0], [0]] }, { loss: losses.mse(), optimizer: optim.sgd(), callbacks: [look] });
    const { weight, gradient } = seen[0]!.parameters['layers.0.weight']!;
    expect(weight.histogram!.counts).toEqual([0, 0, 1, 0]);
    expect(gradient).toMatchObject({ norm: Number.NaN });
    expect(gradient).not.toHaveProperty('histogram');
  });

  it('begin and end at the extremes, or around what is all equal', async () => {
    expect((await binned(uniform, 8)).histogram!.edges[0]).toBe(Math.min(...uniform));
    expect((await binned(uniform, 8)).histogram!.edges[8]).toBe(Math.max(...uniform));
    expect((await binned(new Float32Array(3).fill(0.5), 2)).histogram).toEqual({ edges: [0, 0.5, 1], counts: [0, 3] });
    expect((await binned(new Float32Array(3).fill(40), 2)).histogram).toEqual({ edges: [20, 40, 60], counts: [0, 3] });
  });
});
