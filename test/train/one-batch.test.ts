/** Functions of one batch over datasets: the first batch, or all rows in memory. */

import { describe, expect, it } from 'vitest';
import { array, checkGradients, type Dataset, dataset, diagnose, losses, optim, stepSizes } from '../../src/index.js';
import { rejection, toyData, toyModel, toyRows } from './toy.js';

const data = toyData(24);
const rows = toyRows(data);
const loss = losses.crossEntropy();
const first = { x: data.x.slice(0, 8), y: data.y.slice(0, 8) };

type Given = typeof data | Dataset;
const calls: [string, (given: Given) => Promise<unknown>][] = [
  ['checkGradients', async (given) => (await checkGradients(toyModel(), given, { loss })).checks],
  ['diagnose', async (given) => (await diagnose(toyModel(), given, { loss, optimizer: optim.adam() })).probe],
  ['stepSizes', async (given) => (await stepSizes(toyModel(), given, { loss, optimizer: optim.adam() })).parameters],
  [
    'model.profile',
    async (given) => {
      const { rows: size, ops } = await toyModel().profile(given, { loss, optimizer: optim.adam(), repeats: 1 });
      return [size, new Set(ops.map(({ op, type }) => `${op} ${type}`))];
    },
  ],
];

describe.each(calls)('%s', (name, call) => {
  it('takes all rows in memory, or the first batch', async () => {
    const [all, some] = [await call(data), await call(first)];
    expect(await call(dataset(data))).toEqual(all);
    expect(await call(dataset(data).filter(() => true))).toEqual(all);
    expect(await call(dataset(data).take(8))).toEqual(some);
    expect(await call(dataset(data).batch(8))).toEqual(some);
    expect(await call(dataset(() => [first], { batched: true }))).toEqual(some);
  });

  it('closes a stream after its first batch', async () => {
    let closed = 0;
    const stream = dataset(async function* () {
      try {
        yield* rows;
      } finally {
        closed++;
      }
    });
    await call(stream.batch(8));
    expect(closed).toBe(1);
  });

  it.each<[string, () => Dataset, string]>([
    ['a stream', () => dataset(() => rows), 'say how many rows that is: batch(64)'],
    ['no rows', () => dataset(rows).filter(() => false), 'gave no batch'],
    ['weights', () => dataset({ ...data, weights: new Float32Array(24) }), 'has weights, but only x and y are read here'],
    ['lengths', () => dataset(rows).paddedBatch(8, { lengths: true }), 'has lengths, but only x and y are read here'],
    [
      'ragged rows',
      () =>
        dataset([
          { x: [1, 2], y: 0 },
          { x: [1], y: 0 },
        ]),
      'x of row 1 has 1 numbers',
    ],
    ['no targets', () => dataset({ x: data.x }), 'y is missing'],
    ['NaN', () => dataset({ x: array([[1, Number.NaN, 1, 1]]), y: [0] }), 'holds NaN in row 0, column 1'],
  ])('refuses %s', async (_, open, message) => {
    const error = await rejection(call(open()));
    expect(error.code).toBe('DATA');
    expect(error.message).toContain(message);
    expect(error.stack).toContain('one-batch.test.ts');
    expect(error.message).toMatch(new RegExp(`^(${name}|dataset): `));
  });
});
