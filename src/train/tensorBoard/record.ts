/** TensorBoard's events as bytes: protocol buffers (tensorflow/core/util/event.proto), framed as TFRecord. */

import { maskedCrc32c } from './crc32c.js';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Bytes of a message, or of a part of one. */
export type Bytes = Uint8Array;

const joined = (...parts: (Bytes | readonly number[])[]): Bytes =>
  Buffer.concat(parts.map((part) => (part instanceof Uint8Array ? part : Uint8Array.from(part))));

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

function fixed(width: 4 | 8, values: readonly number[]): Bytes {
  const view = new DataView(new ArrayBuffer(width * values.length));
  for (const [i, value] of values.entries()) {
    if (width === 8) view.setFloat64(i * width, value, true);
    else view.setFloat32(i * width, value, true);
  }
  return new Uint8Array(view.buffer);
}

const key = (field: number, type: number) => varint(field * 8 + type);
export const whole = (field: number, value: number): Bytes => joined(key(field, VARINT), varint(value));

export function nested(field: number, ...parts: readonly Bytes[]): Bytes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return joined(key(field, BYTES), varint(length), ...parts);
}

export const text = (field: number, value: string): Bytes => nested(field, new TextEncoder().encode(value));
export const double = (field: number, value: number): Bytes => joined(key(field, FIXED64), fixed(8, [value]));
/** Packed. */
export const doubles = (field: number, values: readonly number[]): Bytes => nested(field, fixed(8, values));

export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly time: number;
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
}

/** Event { double wall_time = 1; int64 step = 2; Summary summary = 5 } of values, each in parts. */
export function encodeEvent(time: number, step: number, values: readonly (readonly Bytes[])[]): Uint8Array {
  return joined(double(1, time), whole(2, step), nested(5, ...values.map((parts) => nested(1, ...parts))));
}

/** Summary.Value { tag = 1; simple_value = 2 }. */
export function encodeScalars({ time, step, scalars }: ScalarEvent): Uint8Array {
  return encodeEvent(
    time,
    step,
    Object.entries(scalars).map(([tag, value]) => [text(1, tag), joined(key(2, FIXED32), fixed(4, [value]))]),
  );
}

/** The first event of every file. */
export function encodeVersion(time: number): Uint8Array {
  return joined(double(1, time), text(3, 'brain.Event:2'));
}

/** Length, its checksum, the data, their checksum. */
export function frame(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}
