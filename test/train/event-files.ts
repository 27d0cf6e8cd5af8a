/** A reader of TensorBoard's event files that shares no code with the writer. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

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

interface Event {
  readonly step: number;
  readonly version?: string;
  readonly scalars: Readonly<Record<string, number>>;
  readonly images: Readonly<Record<string, Fields>>;
  readonly texts: Readonly<Record<string, string>>;
  readonly histograms: Readonly<Record<string, StoredHistogram>>;
}

/** All events of the only file of a folder. */
export function readEvents(folder: string): Event[] {
  const [name, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\./);
  const file = readFileSync(join(folder, name!));
  const events: Event[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    expect(file.readUInt32LE(at + 8)).toBe(slowCrc(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(file.readUInt32LE(at + 12 + length)).toBe(slowCrc(data));
    const event = parse(data);
    const values = event[5] ? (parse(event[5][0] as Buffer)[1] as Buffer[]).map(parse) : [];
    const tagged = <T>(field: number, read: (value: never) => T) =>
      Object.fromEntries(values.flatMap((value) => (value[field] ? [[value[1]![0]!.toString(), read(value[field][0] as never)]] : [])));
    events.push({
      step: Number(event[2]?.[0] ?? 0),
      ...(event[3] && { version: event[3][0]!.toString() }),
      scalars: tagged(2, (value: number) => value),
      images: tagged(4, (value: Buffer) => parse(value)),
      histograms: tagged(5, (value: Buffer) => readHistogram(parse(value))),
      texts: tagged(8, (value: Buffer) => parse(value)[8]!.toString()),
    });
    at += 16 + length;
  }
  return events;
}

export interface StoredHistogram {
  /** min, max, num, sum, sum_squares */
  readonly numbers: readonly number[];
  readonly limits: readonly number[];
  readonly counts: readonly number[];
}

function readHistogram(fields: Fields): StoredHistogram {
  const packed = (bytes: Buffer) => Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
  return {
    numbers: [1, 2, 3, 4, 5].map((field) => fields[field]![0] as number),
    limits: packed(fields[6]![0] as Buffer),
    counts: packed(fields[7]![0] as Buffer),
  };
}
