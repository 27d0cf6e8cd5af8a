/** Event files, read back by a reader of the format that shares no code with the writer. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, metrics, optim, type Probe } from '../../src/index.js';
import { crc32c } from '../../src/train/tensorBoard/crc32c.js';
import { readEvents, type StoredHistogram } from './event-files.js';
import { rejection, toyData, toyModel } from './toy.js';

const folder = () => mkdtempSync(join(tmpdir(), 'slalom-tensorboard-'));
const data = toyData(60);
const train = (list: Callback[], validationSplit?: number) =>
  fit(toyModel(), data, {
    loss: losses.crossEntropy(),
    optimizer: optim.sgd({ lr: 0.25 }),
    metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 3 })],
    epochs: 200,
    ...(validationSplit && { validationSplit }),
    callbacks: list,
  });

it.each<[string, Uint8Array, number]>([
  ['zeros', new Uint8Array(32), 0x8a9136aa],
  ['ones', new Uint8Array(32).fill(255), 0x62a8ab43],
  ['rising', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ['falling', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ['the digits', new TextEncoder().encode('123456789'), 0xe3069283],
])('CRC-32C of RFC 3720: %s', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

describe('callbacks.tensorBoard', () => {
  it('writes epochs of training and validation', async () => {
    const directory = folder();
    const history = await train([callbacks.tensorBoard({ directory })], 0.5);
    const [version, ...epochs] = readEvents(join(directory, 'train'));
    expect(version).toEqual({ step: 0, version: 'brain.Event:2', scalars: {} });
    expect(epochs.map(({ step }) => step)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(epochs.map(({ scalars }) => scalars)).toEqual(
      history.loss.map((loss, i) => ({
        epoch_loss: Math.fround(loss),
        epoch_accuracy: Math.fround(history.metrics.accuracy[i]!),
        epoch_learning_rate: 0.25,
      })),
    );
    const validation = readEvents(join(directory, 'validation')).slice(1);
    expect(validation.map(({ scalars }) => scalars.epoch_loss)).toEqual(history.validation!.loss.map(Math.fround));
  });

  it('writes histograms of weights and gradients, as TensorBoard reads them', async () => {
    const directory = folder();
    const seen: Probe[] = [];
    const watch = callbacks.histograms({ everyEpochs: 100, onReport: (probe) => void seen.push(probe) });
    await train([callbacks.tensorBoard({ directory, histogramEvery: 100 }), watch]);
    const events = readEvents(join(directory, 'train')).filter(({ histograms }) => histograms);
    const paths = ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias'];
    expect(events.map(({ step, histograms }) => [step, ...Object.keys(histograms!)])).toEqual(
      [0, 100, 200].flatMap((step) => paths.flatMap((path) => ['weights', 'gradients'].map((kind) => [step, `${kind}/${path}`]))),
    );
    for (const { step, histograms } of events) {
      const [[tag, { numbers, limits, counts }]] = Object.entries(histograms!) as [[string, StoredHistogram]];
      const [kind, path] = tag.split('/') as ['weights' | 'gradients', string];
      const report = seen[step / 100]!.parameters[path]!;
      const { min, max, mean, norm, histogram } = kind === 'weights' ? report.weight : report.gradient!;
      const total = histogram!.counts.reduce((sum, count) => sum + count);
      expect(numbers).toEqual([min, max, total, mean * total, norm ** 2]);
      // TensorBoard's buckets: from the limit before, the first from min, the last to max.
      const lefts = [min, ...limits.slice(0, -1)];
      const rights = [...limits.slice(0, -1), max];
      const filled = counts.flatMap((count, i) => (count > 0 ? [[lefts[i], rights[i], count]] : []));
      const constant = min === max;
      expect(filled).toEqual(
        histogram!.counts.flatMap((count, i) =>
          count > 0 ? [[histogram!.edges[i], constant ? max : histogram!.edges[i + 1], count]] : [],
        ),
      );
      expect([counts.length, counts[0]]).toEqual([limits.length, 0]);
    }
  });

  it('leaves whole files when the run ends with an error', async () => {
    const directory = folder();
    const fail: Callback = { epochEnd: ({ epoch }) => (epoch === 3 ? Promise.reject(new Error('on purpose')) : undefined) };
    await rejection(train([callbacks.tensorBoard({ directory }), fail]));
    expect(readEvents(join(directory, 'train')).length).toBe(4);
  });

  it('ends the run before its first step if the folder cannot be written, and refuses wrong options', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const steps: Callback = { batchEnd: () => Promise.reject(new Error('a step was run')) };
    expect((await rejection(train([callbacks.tensorBoard({ directory: join(file, 'sub') }), steps]))).message).toMatch(/ENOTDIR/);
    expect(() => callbacks.tensorBoard({ directory: 'x', histogramEvery: 0 })).toThrow(
      'histogramEvery must be a whole number of 1 or more, found 0',
    );
    expect(() => callbacks.tensorBoard({ directroy: 'x' } as never)).toThrow('did you mean "directory"?');
  });
});
