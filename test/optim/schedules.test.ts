import { describe, expect, it } from 'vitest';
import { compile, fit, losses, optim, type Schedule, schedules, type Tensor } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from '../train/toy.js';

const data = toyData(50);
const options = (lr: number | Schedule, epochs = 3) => ({
  loss: losses.crossEntropy(),
  optimizer: optim.sgd({ lr, momentum: 0.9 }),
  epochs,
  batchSize: 10,
  seed: 7,
});

describe('a schedule', () => {
  it('that is constant trains the bits of a number', async () => {
    const models = [toyModel(), toyModel()];
    await fit(models[0]!, data, options(0.1));
    await fit(models[1]!, data, options(schedules.constant(0.1)));
    expect(weights(models[0]!)).toEqual(weights(models[1]!));
  });

  it('gives every step its rate, in chunks of any length', async () => {
    const cosine = schedules.cosine({ lr: 0.5, steps: 15 });
    const [whole, stepwise] = [toyModel(), toyModel()];
    const history = await fit(whole, data, options(cosine));
    const seen: number[] = [];
    await fit(stepwise, data, { ...options(cosine), onBatch: ({ lr }) => void seen.push(lr) });
    expect(seen).toEqual(Array.from({ length: 15 }, (_, step) => cosine(step)));
    expect(history.lr).toEqual([4, 9, 14].map(cosine));
    expect(weights(whole)).toEqual(weights(stepwise));
  });

  it('goes on in a second fit', async () => {
    const cosine = schedules.cosine({ lr: 0.5, steps: 20 });
    const model = toyModel();
    const again = options(cosine, 2);
    await fit(model, data, again);
    expect(again.optimizer.steps).toBe(10);
    expect((await fit(model, data, again)).lr).toEqual([14, 19].map(cosine));
  });

  it('trains f64 models with all digits of the rate', async () => {
    const model = toyModel().build([4], { seed: 1, dtype: 'f64' });
    const other = toyModel().build([4], { seed: 1, dtype: 'f64' });
    await fit(model, data, options(0.1));
    await fit(
      other,
      data,
      options(() => 0.1),
    );
    expect(weights(model)).toEqual(weights(other));
  });

  it('may be a function of one’s own, which must give rates', async () => {
    const error = await rejection(
      fit(
        toyModel(),
        data,
        options((step) => (step < 7 ? 0.1 : Number.NaN)),
      ),
    );
    expect(error.message).toContain('optim.sgd: the schedule gave NaN for step 7');
  });

  it('is not for loops of one’s own', () => {
    const model = toyModel().build([4]);
    const { optimizer } = options(schedules.constant(1));
    const step = compile((x: Tensor) => {
      optimizer.apply(model.call(x).mean(), model.parameters());
      return x;
    });
    expect(() => step.sync(data.x)).toThrow('assign optimizer.lr = schedule(step)');
  });
});

describe('parts', () => {
  it('follow each other, each from its own step 0', () => {
    const { chain, linear } = schedules;
    const schedule = chain({ schedule: 0.5, steps: 2 }, { schedule: linear({ from: 1, to: 0, steps: 4 }), steps: 3 }, { schedule: 0.1 });
    expect(Array.from({ length: 7 }, (_, step) => schedule(step))).toEqual([0.5, 0.5, 1, 0.75, 0.5, 0.1, 0.1]);
  });

  it('warm up, stay and decay', () => {
    const schedule = schedules.warmupStableDecay({ lr: 1, warmup: 2, stable: 2, decay: 4 });
    expect(Array.from({ length: 10 }, (_, step) => schedule(step))).toEqual([0, 0.5, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0]);
  });
});

it.each<[string, () => unknown, string]>([
  ['unknown options', () => schedules.cosine({ lr: 1, step: 3 } as never), 'unknown option "step"; did you mean "steps"?'],
  ['no steps', () => schedules.cosine({ lr: 1, steps: 0 }), 'steps must be a whole number of 1 or more, found 0'],
  ['negative rates', () => schedules.linear({ from: -1, to: 0, steps: 3 }), 'from must be a number of 0 or more'],
  ['gammas above 1', () => schedules.exponential({ lr: 1, gamma: 2 }), 'gamma must be a number'],
  [
    'half-way turns too late',
    () => schedules.oneCycle({ max: 1, steps: 10, warmup: 0.6, threePhases: true }),
    'warmup must be 0.5 or less',
  ],
  ['momenta of 1', () => schedules.oneCycleMomentum({ steps: 10, high: 1 }), 'high must be a number from 0 and below 1, found 1'],
  ['negative momenta', () => schedules.cyclicMomentum({ low: -0.1 }), 'low must be a number from 0 and below 1, found -0.1'],
  ['chains of nothing', () => schedules.chain(), 'one { schedule, steps } or more'],
  ['parts without an end', () => schedules.chain({ schedule: 1 }, { schedule: 2 }), 'the last needs no steps'],
  ['text as a rate', () => optim.adam({ lr: 'fast' as never }), 'or a schedule'],
])('%s are refused', (_, call, message) => {
  expect(call).toThrow(message);
});
