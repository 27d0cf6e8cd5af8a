/** Event files, read back by a reader of the format that shares no code with the writer. */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, metrics, optim } from '../../src/index.js';
import { crc32c } from '../../src/train/tensorBoard/crc32c.js';
import { rejection, toyData, toyModel } from './toy.js';

/** Bit by bit, from the definition. */
function slowCrc(bytes: Buffer): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | ((crc << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn);
}

interface Fields {
  readonly [field: number]: (number | bigint | Buffer)[];
}

function parse(message: Buffer): Fields {
  const fields: Record<number, (number | bigint | Buffer)[]> = {};
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(varint());
    const field = tag >> 3;
    fields[field] ??= [];
    const kind = tag & 7;
    const length = kind === 2 ? Number(varint()) : kind === 1 ? 8 : 4;
    if (kind === 0) {
      fields[field].push(varint());
      continue;
    }
    fields[field].push(kind === 1 ? message.readDoubleLE(at) : kind === 5 ? message.readFloatLE(at) : message.subarray(at, at + length));
    at += length;
  }
  return fields;
}

function readEvents(folder: string) {
  const [name, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./);
  const file = readFileSync(join(folder, name!));
  const events: { step: number; version?: string; scalars: Record<string, number> }[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(slowCrc(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(slowCrc(data));
    const event = parse(data);
    const values = event[5] ? (parse(event[5][0] as Buffer)[1] as Buffer[]).map(parse) : [];
    events.push({
      step: Number(event[2]?.[0] ?? 0),
      ...(event[3] && { version: event[3][0]!.toString() }),
      scalars: Object.fromEntries(values.map((value) => [value[1]![0]!.toString(), value[2]![0] as number])),
    });
    at += 16 + length;
  }
  return events;
}

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
    expect(() => callbacks.tensorBoard({ directroy: 'x' } as never)).toThrow('did you mean "directory"?');
  });
});
