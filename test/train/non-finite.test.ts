/** Steps that would spoil a model are refused, explained, and leave it as it was. */

import { describe, expect, it } from 'vitest';
import { array, fit, type Loss, losses, type NDArray, NonFiniteError, nn, optim, type Tensor } from '../../src/index.js';
import { rejection, toyData, weights } from './toy.js';

const { x } = toyData(10);
const ones = array(new Float32Array(10).fill(1), { shape: [10, 1] });
const model = () => nn.sequential([nn.dense(8), nn.dense(1)]);
const filled = (shape: readonly number[], value: number) =>
  array(new Float32Array(shape.reduce((size, n) => size * n, 1)).fill(value), { shape });
const options = (lr: number, epochs: number) => ({ loss: losses.mse(), optimizer: optim.sgd({ lr }), epochs, seed: 1 });

describe('a learning rate that diverges', () => {
  it('is named, with the step, the first op that failed and its layer', async () => {
    const error = await rejection(fit(model(), { x, y: ones }, options(1e6, 100)));
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error).toMatchObject({ code: 'NON_FINITE', op: 'matmul', path: 'layers.1' });
    expect(error.epoch).toBe(error.step); // one batch an epoch
    expect(error.message).toMatch(
      /^fit: step \d+ \(epoch \d+, batch 1\) was refused: the first (Infinity|NaN) is in the result f32\[10, 1\]/,
    );
    expect(error.message).toContain('the learning rate 1000000 is too high');
    expect(error.message).toContain(`keeps the weights of step ${(error.step as number) - 1}`);
  });

  it('leaves the weights of the last good step, to the bit', async () => {
    const diverged = model();
    const error = await rejection(fit(diverged, { x, y: ones }, options(1e6, 100)));
    const stopped = model();
    await fit(stopped, { x, y: ones }, options(1e6, (error.step as number) - 1));
    expect(weights(diverged)).toEqual(weights(stopped));
    expect(weights(diverged).every(Number.isFinite)).toBe(true);
  });

  it('does not end the life of the model', async () => {
    const m = model().build([4], { seed: 1 });
    const before = m.state();
    await rejection(fit(m, { x, y: ones }, options(1e6, 100)));
    m.load(before);
    const fresh = model().build([4], { seed: 1 });
    for (const each of [m, fresh]) await fit(each, { x, y: ones }, options(0.01, 3));
    expect(weights(m)).toEqual(weights(fresh));
  });

  it('of an earlier run is not put down to this one', async () => {
    const m = model().build([4], { seed: 1 });
    m.load(Object.fromEntries(Object.entries(m.state()).map(([path, { shape }]) => [path, filled(shape, 1e30)])));
    const error = await rejection(fit(m, { x, y: ones }, options(0.01, 1)));
    expect(error.message).toContain('Likely cause: the weights were as large as 1.00e+30 when the run began.');
  });
});

describe('a step in the middle of an epoch', () => {
  // Epochs of 5 batches; the rate of one step overflows.
  const spoilt = (refused: number) => ({
    loss: losses.mse(),
    optimizer: optim.sgd({ lr: (step) => (step < refused - 1 ? 0.01 : 1e38) }),
    epochs: 4,
    batchSize: 2,
    seed: 1,
  });

  it.each([2, 5, 6, 13])('is refused where it stands: step %i', async (step) => {
    const ended: string[] = [];
    const m = model();
    const error = await rejection(
      fit(
        m,
        { x, y: ones },
        { ...spoilt(step), callbacks: [{ runEnd: ({ stopReason, epochs }) => void ended.push(`${stopReason} ${epochs}`) }] },
      ),
    );
    const [epoch, batch] = [Math.ceil(step / 5), ((step - 1) % 5) + 1];
    expect(error).toMatchObject({ name: 'NonFiniteError', step, epoch });
    expect(error.message).toContain(`step ${step} (epoch ${epoch}, batch ${batch})`);
    expect(ended).toEqual([`error ${Math.floor((step - 1) / 5)}`]);
    const stopped = model();
    await fit(
      stopped,
      { x, y: ones },
      { ...spoilt(step), callbacks: [{ batchEnd: (event, run) => event.step === step - 1 && run.stop('there') }] },
    );
    expect(weights(m)).toEqual(weights(stopped));
  });

  it('reaches a loop over the run, once', async () => {
    const run = fit(model(), { x, y: ones }, spoilt(8));
    const seen: number[] = [];
    const loop = (async () => {
      for await (const { epoch } of run) seen.push(epoch);
    })();
    expect((await rejection(loop)).name).toBe('NonFiniteError');
    expect(seen).toEqual([1]);
  });
});

it('a loss of the user that divides by zero is named as such', async () => {
  const error = await rejection(
    fit(
      model(),
      { x, y: ones },
      { ...options(0.1, 1), loss: (prediction, target) => prediction.sub(prediction).reciprocal().mul(target).mean() },
    ),
  );
  expect(error).toBeInstanceOf(NonFiniteError);
  expect(error).toMatchObject({ op: 'reciprocal', path: 'loss', step: 1 });
});

describe('the likely cause is named:', () => {
  const targets = (size: number) => filled([10, 1], size);
  const inputs = (size: number) =>
    array(
      Float32Array.from(x.data, (value) => value * size),
      { shape: x.shape },
    );
  interface Spoiling {
    readonly lr?: number;
    readonly data?: NDArray;
    readonly target?: NDArray;
    readonly loss?: Loss;
  }
  type Case = [string, Spoiling, RegExp];
  const cases: Case[] = [
    ['a high rate', { lr: 1e4 }, /the learning rate 10000 is too high: the weights have grown to \d/],
    [
      'large inputs',
      { data: inputs(1e4) },
      /rate 0\.1 is too high for inputs as large as 1\.\d+e\+4: .*; scale the inputs to about 1 first/,
    ],
    ['huge inputs', { data: inputs(1e20) }, /the inputs are as large as 1\.\d+e\+20: scale them to about 1/],
    ['huge targets', { target: targets(1e20) }, /the targets are as large as 1\.00e\+20: scale them to about 1/],
    ['log(0)', { loss: (p: Tensor) => p.mul(0).log().mean() }, /the logarithm of 0; bring what is under it above 0.* takes logits/],
    ['log(-1)', { loss: (p: Tensor) => p.mul(0).sub(1).log().mean() }, /the logarithm of a negative number; bring/],
    [
      '1 / 0',
      { loss: (p: Tensor, t: Tensor) => t.div(p.mul(0)).mean() },
      /a division by 0, or by a number so small .*; add a small number to the divisor/,
    ],
    ['0 / 0', { loss: (p: Tensor) => p.mul(0).div(p.mul(0)).mean() }, /a division of 0 by 0; add a small number to the divisor/],
    ['exp', { loss: (p: Tensor) => p.mul(0).add(100).exp().mean() }, /an exponential that overflows; subtract the greatest exponent first/],
    ['sqrt(-1)', { loss: (p: Tensor) => p.mul(0).sub(1).sqrt().mean() }, /the root of a negative number; bring what is under the root/],
    [
      'the slope of a root at 0',
      { loss: (p: Tensor) => p.sub(p.stopGradient()).square().sum().sqrt() },
      /a derivative that is infinite: of a root/,
    ],
  ];

  it.each(cases)('%s', async (_, { lr = 0.1, data = x, target = ones, loss = losses.mse() }, expected) => {
    const error = await rejection(
      fit(model(), { x: data, y: target }, { loss, optimizer: optim.sgd({ lr }), epochs: 100, seed: 1, checkData: false }),
    );
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error.message).toMatch(expected);
  });
});
