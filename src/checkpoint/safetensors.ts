/**
 * The safetensors format: eight bytes of header length (little-endian), the header's JSON, then
 * the tensors' bytes, little-endian and row-major, without gaps.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { DataError } from '../errors.js';
import type { DType, TypedArray } from '../native/binding.js';
import { writeAtomically } from './atomic.js';
import { type Entry, makeHeader, parseHeader } from './header.js';

/** A tensor as it stands in a file; bool is a Uint8Array of 0 and 1. */
export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const LENGTH_BYTES = 8;
/** The limit of the format's own implementation. */
const MAX_HEADER_BYTES = 100_000_000;
/** One read call can return no more than 2 GiB. */
const MAX_READ_BYTES = 2 ** 30;
const CONSTRUCTORS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array, u8: Uint8Array };

/** Throws `DataError` if the file breaks any rule of the format, or holds a dtype that Slalom has not. */
export async function readSafetensors(path: string): Promise<Safetensors> {
  const name = basename(path);
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const text = await readHeaderText(file, size, name);
    const dataStart = LENGTH_BYTES + text.bytes;
    const { entries, metadata } = parseHeader(text.json, size - dataStart, name);
    const tensors = new Map<string, StoredTensor>();
    for (const entry of entries) tensors.set(entry.name, await readTensor(file, dataStart, entry, name));
    return { tensors, metadata };
  } finally {
    await file.close();
  }
}

function invalid(file: string, what: string): DataError {
  return new DataError(`${file} is not a valid safetensors file: ${what}`);
}

function allocate(length: number, name: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    throw new DataError(`${name} cannot be read: there is no memory for ${length} bytes`);
  }
}

async function readBytes(file: FileHandle, position: number, length: number, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(length, name);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, MAX_READ_BYTES), position + done);
    if (bytesRead === 0) throw invalid(name, `it ended at byte ${position + done} while it was read`);
    done += bytesRead;
  }
  return bytes;
}

async function readHeaderText(file: FileHandle, size: number, name: string): Promise<{ json: string; bytes: number }> {
  if (size < LENGTH_BYTES) throw invalid(name, `it has ${size} bytes, fewer than the ${LENGTH_BYTES} of the header's length`);
  const length = new DataView((await readBytes(file, 0, LENGTH_BYTES, name)).buffer).getBigUint64(0, true);
  const rest = size - LENGTH_BYTES;
  if (length > BigInt(rest)) throw invalid(name, `the header should have ${length} bytes, but only ${rest} follow`);
  if (length > BigInt(MAX_HEADER_BYTES)) throw invalid(name, `the header of ${length} bytes is longer than ${MAX_HEADER_BYTES}`);
  const bytes = await readBytes(file, LENGTH_BYTES, Number(length), name);
  let json: string;
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalid(name, 'the header is not valid UTF-8');
  }
  if (!json.startsWith('{')) throw invalid(name, 'the header does not begin with "{"');
  return { json, bytes: bytes.length };
}

async function readTensor(file: FileHandle, dataStart: number, entry: Entry, name: string): Promise<StoredTensor> {
  const { dtype, shape, begin, end } = entry;
  const bytes = await readBytes(file, dataStart + begin, end - begin, name);
  if (dtype === 'bool' && bytes.some((byte) => byte > 1)) {
    throw invalid(name, `tensor ${JSON.stringify(entry.name)} of dtype BOOL holds a byte that is not 0 or 1`);
  }
  return { dtype, shape, data: new CONSTRUCTORS[dtype](bytes.buffer) };
}

/** The parts of a file in order. The tensors' bytes are not copied. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const { text, order } = makeHeader(tensors, metadata);
  const json = new TextEncoder().encode(text);
  // Spaces after the JSON make the data begin at a multiple of eight.
  const head = new Uint8Array(LENGTH_BYTES + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - LENGTH_BYTES), true);
  head.set(json, LENGTH_BYTES);
  return [head, ...order.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/** Atomic: a reader sees the old file or the new one, whole, even if the process or machine stops. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  await writeAtomically(path, encodeSafetensors(tensors, metadata));
}
