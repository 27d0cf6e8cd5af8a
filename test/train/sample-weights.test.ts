import { describe, expect, it } from 'vitest';
import { array, evaluate, fit, losses, metrics, optim, SlalomError } from '../../src/index.js';
import { rejection, toyData, toyModel } from './toy.js';

const data = toyData(10);
const loss = losses.crossEntropy();
const weightsWith = (row: number, value: number) => Float32Array.from({ length: 10 }, (_, i) => (i === row ? value : 1));

describe.each([
  ['fit', (sampleWeights: never) => fit(toyModel(), data, { loss, optimizer: optim.sgd(), sampleWeights })],
  ['evaluate', (sampleWeights: never) => evaluate(toyModel(), data, { loss, sampleWeights })],
])('%s refuses sample weights', (_, call) => {
  it.each<[string, unknown, string]>([
    ['below 0', weightsWith(6, -0.5), 'sampleWeights holds -0.5 in row 6; expected numbers of 0 or more'],
    ['of NaN', weightsWith(3, Number.NaN), 'sampleWeights holds NaN in row 3'],
    ['of Infinity', weightsWith(9, Number.POSITIVE_INFINITY), 'sampleWeights holds Infinity in row 9'],
    ['for too few rows', new Float32Array(9), 'x has 10 rows and sampleWeights has 9'],
    ['in columns', array(new Float32Array(20), { shape: [10, 2] }), 'sample weights are f32[10, 2]'],
    ['that are empty', [], 'sampleWeights is empty'],
    ['that are ragged', [[1], [1, 2]], 'ragged'],
    ['that are a number', 3, 'sampleWeights must be an array of one number a row, found 3'],
  ])('%s', async (_, sampleWeights, message) => {
    const error = await rejection((async () => call(sampleWeights as never))());
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
  });
});

it('weigh loss and metrics of evaluate', async () => {
  const model = toyModel().build([4], { seed: 1 });
  const sampleWeights = weightsWith(4, 0);
  const weighted = await evaluate(model, data, { metrics: [metrics.accuracy()], sampleWeights });
  const rows = data.x.toArray() as number[][];
  const labels = data.y.toArray() as number[];
  const without = { x: rows.toSpliced(4, 1), y: Int32Array.from(labels.toSpliced(4, 1)) };
  expect(weighted.accuracy).toBeCloseTo((await evaluate(model, without, { metrics: [metrics.accuracy()] })).accuracy, 12);
});
