/**
 * Gradients of large layers never reach memory: the update follows where they are made, once a bound says that none of
 * them can be out of range. Where the bound says less than the gradients would, the step is done the other way.
 */

import { afterAll, describe, expect, it } from 'vitest';
import { array, compile, configure, fit, info, losses, nn, optim, type Tensor } from '../../src/index.js';
import { generator } from '../support/generator.js';
import { rejection, weights } from './toy.js';

const ROWS = 96;
const INPUTS = 64;
const { threads } = info();

afterAll(() => configure({ threads }));

const random = generator(5);
const values = Float32Array.from({ length: ROWS * INPUTS }, () => random() - 0.5);
const y = array(Float32Array.from({ length: ROWS * 2 }, random), { shape: [ROWS, 2] });

/** All rows as they are, but for one number. */
const xWith = (number: number, at = 3 * INPUTS + 1) => {
  const changed = values.slice();
  changed[at] = number;
  return array(changed, { shape: [ROWS, INPUTS] });
};
/** Of the fourth row nobody learns. */
const sampleWeights = Float32Array.from({ length: ROWS }, (_, i) => (i === 3 ? 0 : 1));
/** Its first layer has 33,792 weights. */
const largeModel = () => nn.sequential([nn.dense(528, { activation: 'relu' }), nn.dense(2)]);
const options = () => ({ optimizer: optim.adam({ lr: 1e-3 }), batchSize: 32, epochs: 2, seed: 4, checkData: false as const });
const HUGE = 1e30;

describe('a step that the bound refuses and its gradients do not', () => {
  it.each([1, 2, 3])('has the bits of any other, by fit on %i threads', async (count) => {
    configure({ threads: count });
    const trained = async (number: number) => {
      const model = largeModel();
      const given = options();
      const { loss } = await fit(model, { x: xWith(number), y }, { ...given, loss: losses.mae(), sampleWeights });
      return { weights: weights(model), loss, steps: given.optimizer.steps };
    };
    expect(await trained(HUGE)).toEqual(await trained(0.25));
  });

  it('has them by a compiled function, with its results', () => {
    const trained = (number: number) => {
      const model = largeModel();
      const optimizer = optim.adam({ lr: 1e-3 });
      const step = compile((x: Tensor, y: Tensor, w: Tensor) => {
        const bias = model.parameters().get('layers.1.bias')!;
        const loss = losses.mae()(model.call(x), y, w);
        const before = bias.read();
        optimizer.apply(loss, model.parameters());
        return { loss, before, after: bias.read(), weight: model.parameters().get('layers.0.weight')!.read() };
      });
      const seen: unknown[] = [];
      for (let i = 0; i < 3; i++) {
        const { loss, before, after, weight } = step.sync(xWith(number), y, array(sampleWeights));
        seen.push(loss.item(), [...before.data], [...after.data], [...weight.data]);
      }
      return { seen, weights: weights(model), steps: optimizer.steps };
    };
    expect(trained(HUGE)).toEqual(trained(0.25));
  });
});

describe('a step whose gradients are not finite', () => {
  it.each<[string, number, object]>([
    ['an infinite loss', HUGE, losses.mse()],
    ['gradients whose squares are too large', HUGE, losses.mae()],
  ])('is refused and writes nothing: %s', async (_, number, loss) => {
    const model = largeModel();
    const given = { ...options(), loss: loss as ReturnType<typeof losses.mse> };
    await fit(model, { x: xWith(0.25), y }, { ...given, epochs: 1 });
    const refused = async (at: number) => {
      const error = await rejection(fit(model, { x: xWith(number, at * INPUTS), y }, { ...given, shuffle: false, epochs: 1 }));
      return { error, weights: weights(model), steps: given.optimizer.steps };
    };
    const third = await refused(70);
    expect(third).toMatchObject({ error: { code: 'NON_FINITE', epoch: 1, step: 3 }, steps: 6 });
    const first = await refused(0);
    expect(first).toMatchObject({ error: { code: 'NON_FINITE', epoch: 1, step: 1 }, steps: 7 });
    expect(first.weights).toEqual(third.weights);
  });
});
