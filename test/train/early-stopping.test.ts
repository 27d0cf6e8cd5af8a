/** What early stopping monitors and when it stops, epoch by epoch. */

import { describe, expect, it } from 'vitest';
import { callbacks, fit, losses, metrics, optim, type Tensor } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const data = toyData(20);
const scores = (values: readonly number[]) => {
  let epoch = 0;
  return { name: 'score', update: (p: Tensor) => [p.mean()], finalize: () => values[epoch++]! };
};
/** A run whose metric `score` takes these values, one an epoch. */
async function watched(values: readonly number[], options: Parameters<typeof callbacks.earlyStopping>[0] = {}) {
  const model = toyModel();
  const common = () => ({ loss: losses.crossEntropy(), optimizer: optim.adam(), batchSize: 20, seed: 7 });
  const stopping = callbacks.earlyStopping({ monitor: 'score', patience: 2, ...options });
  const history = await fit(model, data, { ...common(), epochs: values.length, metrics: [scores(values)], callbacks: [stopping] });
  const trainedFor = async (epochs: number) => {
    const other = toyModel();
    await fit(other, data, { ...common(), epochs });
    return weights(other);
  };
  return { model, history, trainedFor };
}

describe('early stopping', () => {
  it.each<[string, number[], object, number]>([
    ['never stops what becomes better', [5, 4, 3, 2, 1], {}, 5],
    ['stops after patience epochs without anything better', [5, 4, 4, 4, 1], {}, 4],
    ['begins anew at each better epoch', [5, 6, 4, 6, 3, 6, 6, 1], {}, 7],
    ['takes equal values for no better', [5, 5, 5, 1], {}, 3],
    ['takes a change of minDelta for no better', [5, 4, 4, 1], { minDelta: 1 }, 3],
    ['takes a greater one for better', [5, 3.5, 2, 0.5], { minDelta: 1 }, 4],
    ['adds up small changes since the best', [5, 4.5, 3.9, 3.9, 3.9, 0], { minDelta: 1 }, 5],
    ['wants more with max', [1, 2, 2, 2, 9], { mode: 'max' }, 4],
    ['wants less with min', [1, 2, 2, 0], { mode: 'min' }, 3],
    ['stops after one epoch with patience 1', [1, 2, 0], { patience: 1 }, 2],
    ['takes NaN for no better', [5, Number.NaN, Number.NaN, 1], {}, 3],
    ['takes the first number after NaN for better', [Number.NaN, 5, 4, 3], {}, 4],
    ['takes Infinity for no better', [5, Infinity, Infinity, 1], {}, 3],
  ])('%s', async (_, values, options, epochs) => {
    const { history } = await watched(values, options);
    expect(history.epochs).toBe(epochs);
    expect(history.stopReason).toBe(epochs < values.length ? 'earlyStopping' : 'epochs');
  });

  it.each<[string, number[], number]>([
    ['when it stops', [5, 4, 6, 6, 6], 2],
    ['when all epochs are done', [5, 4, 3, 6], 3],
    ['of the first of equals', [5, 4, 4, 4], 2],
  ])('restores the best weights %s', async (_, values, best) => {
    const { model, trainedFor } = await watched(values, { restoreBest: true });
    expect(weights(model)).toEqual(await trainedFor(best));
  });

  it('leaves the last weights without restoreBest', async () => {
    const { model, trainedFor } = await watched([5, 4, 6, 6, 6]);
    expect(weights(model)).toEqual(await trainedFor(4));
  });

  it('can be used again: each run begins anew', async () => {
    const stopping = callbacks.earlyStopping({ monitor: 'score', patience: 2 });
    const run = (values: number[]) =>
      fit(toyModel(), data, {
        loss: losses.crossEntropy(),
        optimizer: optim.sgd(),
        epochs: 9,
        metrics: [scores(values)],
        callbacks: [stopping],
      });
    expect((await run([1, 2, 3])).epochs).toBe(3);
    expect((await run([9, 8, 7, 7, 7])).epochs).toBe(5);
  });

  it('knows that accuracy should grow, and monitors validation where there is some', async () => {
    const common = { loss: losses.crossEntropy(), metrics: [metrics.accuracy()], epochs: 20, validation: data, batchSize: 20 };
    const frozen = () => ({ ...common, optimizer: optim.sgd({ lr: 0 }) });
    for (const options of [{}, { monitor: 'accuracy' }, { monitor: 'validation.accuracy' }]) {
      const history = await fit(toyModel(), data, { ...frozen(), callbacks: [callbacks.earlyStopping({ patience: 3, ...options })] });
      expect(history).toMatchObject({ epochs: 4, stopReason: 'earlyStopping' });
    }
  });

  it('cannot monitor what is no number', async () => {
    const stopping = callbacks.earlyStopping({ monitor: 'confusionMatrix' });
    const options = {
      loss: losses.crossEntropy(),
      optimizer: optim.sgd(),
      metrics: [metrics.confusionMatrix({ classes: 3 })],
      callbacks: [stopping],
    };
    expect((await rejection(fit(toyModel(), data, options))).message).toContain('"confusionMatrix" is not a number');
  });

  it.each<[string, object, string]>([
    ['patience', { patience: 1.5 }, 'patience must be a whole number of 1 or more, found 1.5'],
    ['minDelta', { minDelta: -1 }, 'minDelta must be a number of 0 or more, found -1'],
    ['monitor', { monitor: 3 }, 'monitor must be a string, found 3'],
    ['restoreBest', { restoreBest: 'yes' }, 'restoreBest must be true or false, found "yes"'],
  ])('refuses a bad %s', (_, options, message) => {
    expect(() => callbacks.earlyStopping(options)).toThrow(message);
  });
});
