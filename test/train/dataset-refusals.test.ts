/** What no run reads of a dataset or a stream, and which options do not go with them. */

import { describe, expect, it } from 'vitest';
import { array, type Dataset, dataset, type FitOptions, fit } from '../../src/index.js';
import { rejection, toyData, toyModel, toyRows, twoEpochs } from './toy.js';

const data = toyData(100);
const rows = toyRows(data);
const train = (given: Parameters<typeof fit>[1], more: Partial<FitOptions> = {}) => fit(toyModel(), given, twoEpochs(more));

describe('bad data', () => {
  const withRow = (at: number, row: object) => () => rows.map((one, i) => (i === at ? { ...one, ...row } : one));

  it.each<[string, Parameters<typeof fit>[1], string]>([
    ['NaN in a stream', withRow(53, { x: [1, 2, Number.NaN, 4] }), 'fit: x holds NaN in row 53, column 2'],
    [
      'a label that is too great',
      withRow(20, { y: 3 }),
      'fit: y holds the label 3 in row 20; expected a whole number from 0 to 2; labels count from 0',
    ],
    ['a ragged row', withRow(21, { x: [1] }), 'x of row 21 has 1 numbers, expected 4 numbers'],
    ['null', withRow(22, { x: null }), 'row 22 has no x'],
    ['a negative weight', () => rows.map((row, i) => ({ ...row, weight: i === 9 ? -1 : 1 })), 'weights holds -1 in row 9'],
    ['no rows', () => [], 'fit: the data gave no batch'],
    ['no targets', () => rows.map(({ x }) => ({ x })), 'fit: the batches have no y'],
    ['columns without targets', dataset({ x: data.x }), 'fit: the batches have no y'],
    ['a filter that keeps nothing', dataset(data).filter(() => false), 'has no rows'],
    ['masks', dataset(rows).paddedBatch(4, { mask: true }), 'fit: a batch has a mask, but a step reads x, y and weights only'],
  ])('%s', async (_, given, message) => {
    const model = toyModel();
    const batchSize = given instanceof Object && 'batched' in given && (given as Dataset).batched ? undefined : 16;
    const error = await rejection(fit(model, given, twoEpochs({ batchSize, epochs: 1 })));
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining(message) });
    // The model is free again.
    await fit(model, data, twoEpochs({ epochs: 1 }));
  });

  it('NaN in rows that were left out does not matter', async () => {
    const cells = Float32Array.from(data.x.data);
    cells[4 * 7] = Number.NaN;
    const broken = dataset({ x: array(cells, { shape: [100, 4] }), y: data.y });
    const clean = broken.filter(({ x }) => !(x as { data: Float32Array }).data.some(Number.isNaN));
    expect((await train(clean)).steps).toBe(2 * 7);
    expect((await rejection(train(broken.skip(3)))).message).toContain('x holds NaN in row 7, column 0');
  });

  it('an epoch without rows', async () => {
    expect((await rejection(train((epoch) => (epoch === 1 ? [] : rows)))).message).toContain('no batch in epoch 2');
  });

  it.each<[string, Partial<FitOptions>, Parameters<typeof fit>[1], string]>([
    ['sampleWeights', { sampleWeights: [1] }, dataset(data), 'sampleWeights is not for datasets'],
    ['validationSplit', { validationSplit: 0.1 }, () => rows, 'use dataset.split()'],
    ['batchSize of batches', {}, dataset(data).batch(4), 'leave batchSize out'],
    ['dropLast of batches', { batchSize: undefined, dropLast: true }, dataset(data).batch(4), 'leave dropLast out'],
    ['shuffle of a stream', { shuffle: true }, () => rows, 'dataset.shuffle({ buffer })'],
    ['stepsPerEpoch of columns', { stepsPerEpoch: 3 }, data, 'stepsPerEpoch is for datasets and streams'],
    ['prefetch of columns', { prefetch: 3 }, data, 'prefetch is for datasets and streams'],
    ['prefetch 0', { prefetch: 0 }, () => rows, 'prefetch must be a whole number of 1 or more'],
  ])('options: %s', async (_, more, given, message) => {
    expect(await rejection(train(given, more))).toMatchObject({ code: 'OPTION', message: expect.stringContaining(message) });
  });

  it('a run of the same model meanwhile is refused', async () => {
    const model = toyModel();
    const first = fit(model, () => rows, twoEpochs());
    const second = fit(model, () => rows, twoEpochs());
    const results = await Promise.allSettled([first, second]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'MODEL_BUSY' } });
  });

  it('an error stands on the line of the call', async () => {
    const error = await rejection(train(withRow(53, { x: [1, 2, Number.NaN, 4] })));
    expect(error.stack!.split('\n')[1]).toContain('dataset-refusals.test.ts');
  });
});
