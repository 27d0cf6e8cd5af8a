/** TensorBoard's events as bytes: protocol buffers (tensorflow/core/util/event.proto), framed as TFRecord. */

import { maskedCrc32c } from './crc32c.js';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}

const key = (field: number, type: number) => varint(field * 8 + type);
export const whole = (field: number, value: number): Bytes => [...key(field, VARINT), ...varint(value)];
const fixed = (width: 4 | 8, value: number) => {
  const view = new DataView(new ArrayBuffer(width));
  if (width === 8) view.setFloat64(0, value, true);
  else view.setFloat32(0, value, true);
  return [...new Uint8Array(view.buffer)];
};
export type Bytes = readonly number[];

export const nested = (field: number, bytes: Bytes): Bytes => [...key(field, BYTES), ...varint(bytes.length), ...bytes];
export const text = (field: number, value: string): Bytes => nested(field, [...new TextEncoder().encode(value)]);

export const double = (field: number, value: number): Bytes => [...key(field, FIXED64), ...fixed(8, value)];
/** Packed. */
export const doubles = (field: number, values: readonly number[]): Bytes =>
  nested(
    field,
    values.flatMap((value) => fixed(8, value)),
  );

export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly time: number;
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
}

/** Event { double wall_time = 1; int64 step = 2; Summary summary = 5 } of values. */
export function encodeEvent(time: number, step: number, values: readonly Bytes[]): Uint8Array {
  const summary = values.flatMap((value) => nested(1, value));
  return Uint8Array.from([...double(1, time), ...key(2, VARINT), ...varint(step), ...nested(5, summary)]);
}

/** Summary.Value { tag = 1; simple_value = 2 }. */
export function encodeScalars({ time, step, scalars }: ScalarEvent): Uint8Array {
  return encodeEvent(
    time,
    step,
    Object.entries(scalars).map(([tag, value]) => [...text(1, tag), ...key(2, FIXED32), ...fixed(4, value)]),
  );
}

/** The first event of every file. */
export function encodeVersion(time: number): Uint8Array {
  return Uint8Array.from([...double(1, time), ...text(3, 'brain.Event:2')]);
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
