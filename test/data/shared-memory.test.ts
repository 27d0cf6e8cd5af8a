/** Data over a SharedArrayBuffer are read in place: what others write there may spoil a run, never the process. */

import { describe, expect, it } from 'vitest';
import { array, empty, fit, losses, optim } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from '../train/toy.js';

const data = toyData(40);
const options = () => ({ loss: losses.crossEntropy(), optimizer: optim.sgd({ lr: 0.1 }), epochs: 4, batchSize: 20, seed: 3 });
const shared = () => {
  const x = empty([40, 4]);
  const y = empty([40], 'i32');
  x.data.set(data.x.data);
  y.data.set(data.y.data);
  return { x, y };
};
const trained = async (epochs: number) => {
  const model = toyModel();
  await fit(model, data, { ...options(), epochs });
  return weights(model);
};

it('trains the same bits as a copy', async () => {
  const { x, y } = shared();
  const forms = [
    { x, y },
    { x: array(x.data, { shape: [40, 4] }), y: array(y.data) },
  ];
  for (const form of forms) {
    const model = toyModel();
    await fit(model, form, options());
    expect(weights(model)).toEqual(await trained(4));
  }
});

describe('what is written between two epochs', () => {
  it.each<[string, (columns: ReturnType<typeof shared>) => void, object]>([
    ['NaN', ({ x }) => x.data.fill(Number.NaN), { code: 'NON_FINITE', epoch: 3, step: 5 }],
    ['a label far above the classes', ({ y }) => y.data.fill(2 ** 31 - 1), { code: 'DATA', op: 'softmaxCrossEntropy', path: 'loss' }],
    ['a label below 0', ({ y }) => y.data.fill(-5), { code: 'DATA', op: 'softmaxCrossEntropy', path: 'loss' }],
  ])('ends the run with an error and the weights before it: %s', async (_, spoil, fields) => {
    const model = toyModel();
    const columns = shared();
    const error = await rejection(fit(model, columns, { ...options(), onEpoch: ({ epoch }) => epoch === 2 && spoil(columns) }));
    expect(error).toMatchObject(fields);
    expect(weights(model)).toEqual(await trained(2));
  });
});
