/** Momenta that follow a schedule. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, compile, fit, losses, type Optimizer, optim, type Schedule, schedules, type Tensor } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from '../train/toy.js';

const data = toyData(50);
const options = (optimizer: Optimizer, epochs = 4) => ({ loss: losses.crossEntropy(), optimizer, epochs, batchSize: 10, seed: 7 });

const RULES: Record<string, (momentum: number | Schedule) => Optimizer> = {
  sgd: (momentum) => optim.sgd({ lr: 0.1, momentum }),
  nesterov: (momentum) => optim.sgd({ lr: 0.1, momentum, nesterov: true }),
  'sgd with decay': (momentum) => optim.sgd({ lr: 0.1, momentum, weightDecay: 0.01 }),
  rmsprop: (momentum) => optim.rmsprop({ momentum }),
  adam: (beta) => optim.adam({ betas: [beta, 0.999] }),
  adamW: (beta) => optim.adamW({ betas: [beta, 0.999] }),
};

describe.each(Object.entries(RULES))('%s', (_, make) => {
  it.each(['f32', 'f64'] as const)('with a schedule that is constant trains the bits of a number, in %s', async (dtype) => {
    const models = [0.9, () => 0.9].map((momentum) => ({ momentum, model: toyModel().build([4], { seed: 1, dtype }) }));
    for (const { momentum, model } of models) await fit(model, data, options(make(momentum)));
    expect(weights(models[0]!.model)).toEqual(weights(models[1]!.model));
  });

  it('gets every step its own, in chunks of any length', async () => {
    const wave = schedules.cyclicMomentum({ low: 0, high: 0.95, up: 3, down: 4 });
    const [whole, stepwise] = [toyModel(), toyModel()];
    await fit(whole, data, options(make(wave)));
    await fit(stepwise, data, { ...options(make(wave)), onBatch() {} });
    expect(weights(whole)).toEqual(weights(stepwise));
    const constant = toyModel();
    await fit(constant, data, options(make(0.95)));
    expect(weights(whole)).not.toEqual(weights(constant));
  });

  it('goes on in a run that is resumed, to the bit', async () => {
    const wave = () => make(schedules.cyclicMomentum({ up: 3, down: 4 }));
    const whole = toyModel();
    await fit(whole, data, options(wave()));
    const directory = mkdtempSync(join(tmpdir(), 'slalom-momentum-'));
    const parts = toyModel();
    const saved: Callback = {
      batchEnd({ step }, run) {
        if (step !== 8) return;
        run.checkpoint(join(directory, 'last.safetensors'));
        run.stop('aborted');
      },
    };
    await fit(toyModel(), data, { ...options(wave()), callbacks: [saved] });
    await fit(parts, data, { ...options(wave()), resume: directory });
    expect(weights(parts)).toEqual(weights(whole));
  });

  it('refuses what is no momentum, in the step that wants it', async () => {
    const error = await rejection(fit(toyModel(), data, options(make((step) => (step < 7 ? 0.5 : 1)))));
    expect(error).toMatchObject({ code: 'OPTION' });
    expect(error.message).toContain('the schedule of momentum gave 1 for step 7, expected a number from 0 and below 1');
  });

  it('is not for loops of one’s own', () => {
    const model = toyModel().build([4]);
    const optimizer = make(() => 0.9);
    const step = compile((x: Tensor) => optimizer.apply(model.call(x).mean(), model.parameters()));
    expect(() => step.sync(data.x)).toThrow('the schedule of momentum is for fit');
  });
});

it('a custom rule may have schedules of its own', async () => {
  const make = (rho: number | Schedule) =>
    optim.custom({
      slots: ['v'],
      ...(typeof rho === 'function' && { schedules: { rho } }),
      update({ parameter, gradient, slots, lr, scheduled }) {
        const v = slots.v!.mul(scheduled.rho ?? (rho as number)).add(gradient);
        return { parameter: parameter.sub(v.mul(lr)), slots: { v } };
      },
    });
  const models = [make(0.5), make(() => 0.5), make((step) => 0.5 + step / 100)].map((optimizer) => ({ optimizer, model: toyModel() }));
  for (const { optimizer, model } of models) await fit(model, data, options(optimizer));
  expect(weights(models[1]!.model)).toEqual(weights(models[0]!.model));
  expect(weights(models[2]!.model)).not.toEqual(weights(models[0]!.model));
  expect(() => optim.custom({ schedules: { rho: 0.5 } as never, update: ({ parameter }) => ({ parameter }) })).toThrow(
    'schedules must be an object of schedules by name',
  );
});
