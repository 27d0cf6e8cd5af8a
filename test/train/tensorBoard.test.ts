/** Event files, read back by a reader of the format that shares no code with the writer. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, metrics, optim, type Probe } from '../../src/index.js';
import { encodePng } from '../../src/png.js';
import { crc32c } from '../../src/train/tensorBoard/crc32c.js';
import { drawMatrix, isMatrix, shortNumber } from '../../src/train/tensorBoard/matrix.js';
import { readEvents } from './event-files.js';
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

/** CRC-32 bit by bit, of RFC 1952. */
function slowCrc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The colour of every pixel of a PNG file with a palette and no filters. */
function readPng(file: Buffer): { width: number; height: number; at(x: number, y: number): number[] } {
  expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const chunks = new Map<string, Buffer>();
  let at = 8;
  while (at < file.length) {
    const length = file.readUInt32BE(at);
    const end = at + 8 + length;
    expect(file.readUInt32BE(end)).toBe(slowCrc32(file.subarray(at + 4, end)));
    chunks.set(file.toString('latin1', at + 4, at + 8), file.subarray(at + 8, end));
    at = end + 4;
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR')!;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  expect([...header.subarray(8)]).toEqual([8, 3, 0, 0, 0]);
  const rows = inflateSync(chunks.get('IDAT')!);
  expect(rows.length).toBe(height * (width + 1));
  const palette = chunks.get('PLTE')!;
  return {
    width,
    height,
    at(x, y) {
      expect(rows[y * (width + 1)]).toBe(0);
      const color = rows[y * (width + 1) + 1 + x]!;
      return [...palette.subarray(3 * color, 3 * color + 3)];
    },
  };
}

describe('pictures of confusion matrices', () => {
  it('are as dark as the share of the row, with white and black numbers', async () => {
    const { width, height, at } = readPng(
      Buffer.from(
        await encodePng(
          drawMatrix([
            [30, 10],
            [0, 0],
          ]),
        ),
      ),
    );
    expect(width).toBe(height);
    const cell = 64;
    const corner = (row: number, column: number) => at(width - (2 - column) * cell + 1, height - (2 - row) * cell + 1);
    // 255 − 0.75 · 247 and so on; a row without samples is white.
    expect([corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)]).toEqual([
      [70, 100, 144],
      [193, 203, 218],
      [255, 255, 255],
      [255, 255, 255],
    ]);
    const colors = (row: number, column: number) => {
      const seen = new Set<string>();
      for (let y = 0; y < cell; y++)
        for (let x = 0; x < cell; x++) seen.add(at(width - (2 - column) * cell + x, height - (2 - row) * cell + y).join());
      return [...seen].sort();
    };
    expect(colors(0, 0)).toEqual(['255,255,255', '70,100,144']);
    expect(colors(0, 1)).toEqual(['0,0,0', '193,203,218']);
  });

  it.each([1, 2, 10, 47, 128])('of %i classes can be drawn', async (classes) => {
    const matrix = Array.from({ length: classes }, (_, i) => Array.from({ length: classes }, (_, j) => (i === j ? 1234 : j)));
    const { width } = readPng(Buffer.from(await encodePng(drawMatrix(matrix))));
    expect(width).toBeGreaterThan(63);
    expect(width).toBeLessThan(560);
  });

  it('are of square matrices of counts only', () => {
    const square = (n: number) => Array.from({ length: n }, () => new Array<number>(n).fill(1));
    expect([square(1), square(128)].every(isMatrix)).toBe(true);
    const bad = [3, [], [1, 2], [[1, 2]], [[-1]], [[Number.NaN]], [['1']], square(129), undefined, { 0: [1] }];
    expect(bad.some(isMatrix)).toBe(false);
  });

  it('write numbers short', () => {
    expect([0, 7, 0.25, 999, 1000, 1234, 12_345, 999_999, 1_200_000, 3e9].map(shortNumber)).toEqual([
      '0',
      '7',
      '0.25',
      '999',
      '1k',
      '1.2k',
      '12k',
      '1000k',
      '1.2M',
      '3G',
    ]);
  });
});

describe('callbacks.tensorBoard', () => {
  it('writes epochs of training and validation', async () => {
    const directory = folder();
    const history = await train([callbacks.tensorBoard({ directory })], 0.5);
    const [version, run, ...rest] = readEvents(join(directory, 'train'));
    expect(version).toEqual({ step: 0, version: 'brain.Event:2', scalars: {}, images: {}, histograms: {}, texts: {} });
    expect(run!.texts.run).toBe(
      '| option | value |\n|---|---|\n| epochs | 200 |\n| stepsPerEpoch | 1 |\n| batchSize | 32 |\n| rows | 30 |\n| lr | 0.25 |',
    );
    const epochs = rest.filter(({ scalars }) => 'epoch_loss' in scalars);
    expect(epochs.map(({ step }) => step)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(epochs.map(({ scalars }) => scalars)).toEqual(
      history.loss.map((loss, i) => ({
        epoch_loss: Math.fround(loss),
        epoch_accuracy: Math.fround(history.metrics.accuracy[i]!),
        epoch_learning_rate: 0.25,
      })),
    );
    const validation = readEvents(join(directory, 'validation')).slice(1);
    expect(validation.filter((_, i) => i % 2 === 0).map(({ scalars }) => scalars.epoch_loss)).toEqual(
      history.validation!.loss.map(Math.fround),
    );
  });

  it('writes a picture of every confusion matrix', async () => {
    const directory = folder();
    const history = await train([callbacks.tensorBoard({ directory })], 0.5);
    for (const [run, matrices] of [
      ['train', history.metrics.confusionMatrix],
      ['validation', history.validation!.confusionMatrix],
    ] as const) {
      const pictures = readEvents(join(directory, run)).flatMap(({ step, images }) =>
        Object.entries(images).map(([tag, image]) => ({ step, tag, image })),
      );
      expect(pictures.map(({ step, tag }) => [step, tag])).toEqual(matrices.map((_, i) => [i + 1, 'epoch_confusionMatrix']));
      for (const [i, { image }] of pictures.entries()) {
        const png = image[4]![0] as Buffer;
        const { width, height } = readPng(png);
        expect([image[1]![0], image[2]![0], image[3]![0]]).toEqual([BigInt(height), BigInt(width), 3n]);
        if (i % 50 === 0) expect(Buffer.from(await encodePng(drawMatrix(matrices[i]!)))).toEqual(png);
      }
    }
  });

  it('writes histograms of weights and gradients, as TensorBoard reads them', async () => {
    const directory = folder();
    const seen: Probe[] = [];
    const watch = callbacks.histograms({ everyEpochs: 100, onReport: (probe) => void seen.push(probe) });
    await train([callbacks.tensorBoard({ directory, histogramEvery: 100 }), watch]);
    const events = readEvents(join(directory, 'train')).filter(({ histograms }) => Object.keys(histograms).length > 0);
    const paths = ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias'];
    expect(events.map(({ step, histograms }) => [step, ...Object.keys(histograms)])).toEqual(
      [0, 100, 200].flatMap((step) => paths.flatMap((path) => ['weights', 'gradients'].map((kind) => [step, `${kind}/${path}`]))),
    );
    for (const { step, histograms } of events) {
      const [tag, { numbers, limits, counts }] = Object.entries(histograms)[0]!;
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
    const steps = readEvents(join(directory, 'train')).map(({ step }) => step);
    expect(steps).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
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
