/** Data over a SharedArrayBuffer are read in place: what others write there may spoil a run, never the process. */

import { describe, expect, it, vi } from 'vitest';
import { array, empty, fit, losses, type NDArray, optim } from '../../src/index.js';
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

describe('what is written between two runs', () => {
  const spoiled = async (x: NDArray, write: () => void) => {
    const columns = { x, y: data.y };
    await fit(toyModel(), columns, { ...options(), epochs: 1 });
    write();
    return rejection(fit(toyModel(), columns, { ...options(), epochs: 1 }));
  };
  const x = () => shared().x;

  it.each<[string, (given: NDArray) => NDArray]>([
    ['the array', (given) => given],
    ['a slice of it', (given) => given.slice(0, 40)],
    ['a slice of its reshaping', (given) => given.reshape([20, 8]).reshape([40, 4]).slice(0, 40)],
    ['an array over the same memory', (given) => array(given.data, { shape: [40, 4] })],
  ])('is looked at again: %s', async (_, form) => {
    const given = x();
    const error = await spoiled(form(given), () => given.data.fill(Number.NaN, 13, 14));
    expect(error).toMatchObject({ code: 'DATA', row: 3, column: 1 });
  });

  it('is found constant, where it was not', async () => {
    const given = x();
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    try {
      await fit(toyModel(), { x: given, y: data.y }, { ...options(), epochs: 1 });
      expect(emit).not.toHaveBeenCalled();
      given.data.fill(7);
      await fit(toyModel(), { x: given, y: data.y }, { ...options(), epochs: 1 });
      expect(emit).toHaveBeenCalledOnce();
    } finally {
      emit.mockRestore();
    }
  });
});
