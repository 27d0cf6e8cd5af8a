/**
 * The header of a safetensors file: JSON that says which tensor lies where in the bytes after it.
 * Everything that could make a reader read wrong bytes is an error: names that occur twice,
 * sizes that overflow or disagree with the shape, holes, overlaps, bytes that belong to nothing.
 */

import { DataError } from '../errors.js';
import type { DType } from '../native/binding.js';
import { type Json, parseJson } from './json.js';

export interface Entry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Byte offsets from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: Readonly<Record<string, string>>;
}

const FILE_NAMES: Readonly<Record<DType, string>> = { f32: 'F32', f64: 'F64', i32: 'I32', bool: 'BOOL', u8: 'U8' };
const DTYPES = new Map(Object.entries(FILE_NAMES).map(([dtype, name]) => [name, dtype as DType]));
export const ITEM_BYTES: Readonly<Record<DType, number>> = { f32: 4, f64: 8, i32: 4, bool: 1, u8: 1 };
const FIELDS = ['dtype', 'shape', 'data_offsets'];

/** What the file means, or a `DataError` that names it and what is wrong. */
export function parseHeader(text: string, dataBytes: number, file: string): Header {
  const fail = (what: string): never => {
    throw new DataError(`${file} is not a valid safetensors file: ${what}`);
  };
  let root: Json = null;
  try {
    root = parseJson(text);
  } catch (error) {
    fail(`the header is not valid JSON: ${(error as Error).message}`);
  }
  if (!(root instanceof Map)) return fail('the header is not a JSON object');
  const metadata = readMetadata(root.get('__metadata__'), fail);
  const entries: Entry[] = [];
  for (const [name, value] of root) {
    if (name !== '__metadata__') entries.push(readEntry(name, value, fail));
  }
  checkCoverage(entries, dataBytes, fail);
  return { entries, metadata };
}

type Fail = (what: string) => never;

function readMetadata(value: Json | undefined, fail: Fail): Record<string, string> {
  if (value === undefined) return {};
  if (!(value instanceof Map)) return fail('__metadata__ is not an object');
  for (const [key, text] of value) {
    if (typeof text !== 'string') fail(`__metadata__ holds something other than text under ${JSON.stringify(key)}`);
  }
  return Object.fromEntries(value) as Record<string, string>;
}

function readEntry(name: string, value: Json, fail: Fail): Entry {
  const tensor = `tensor ${JSON.stringify(name)}`;
  if (!(value instanceof Map)) return fail(`${tensor} is not described by an object`);
  for (const field of value.keys()) {
    if (!FIELDS.includes(field)) fail(`${tensor} has an unknown field ${JSON.stringify(field)}`);
  }
  const dtype = typeof value.get('dtype') === 'string' ? DTYPES.get(value.get('dtype') as string) : undefined;
  if (dtype === undefined) {
    const found = JSON.stringify(value.get('dtype')) ?? 'none';
    return fail(`${tensor} has the dtype ${found}; those that can be read are ${[...DTYPES.keys()].join(', ')}`);
  }
  const shape = readCounts(value.get('shape'), `the shape of ${tensor}`, fail);
  const offsets = readCounts(value.get('data_offsets'), `data_offsets of ${tensor}`, fail);
  const [begin, end] = offsets as [number, number];
  if (offsets.length !== 2 || end < begin) fail(`data_offsets of ${tensor} are [${offsets}]; expected [begin, end]`);
  const bytes = bytesOf(shape, dtype);
  if (bytes === undefined) return fail(`the shape [${shape.join(', ')}] of ${tensor} overflows`);
  if (bytes !== end - begin) {
    fail(
      `${tensor}, ${dtype}[${shape.join(', ')}], needs ${bytes} bytes, but its data_offsets [${offsets.join(', ')}] span ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function readCounts(value: Json | undefined, what: string, fail: Fail): number[] {
  const valid = Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  return valid ? (value as number[]) : fail(`${what} is not a list of whole numbers from 0 on`);
}

/** Undefined if any partial product passes 2⁵³; a zero among the sizes hides no overflow. */
function bytesOf(shape: readonly number[], dtype: DType): number | undefined {
  let bytes = ITEM_BYTES[dtype];
  for (const size of shape) {
    if (size > 0) bytes *= size;
    if (!Number.isSafeInteger(bytes)) return undefined;
  }
  return shape.includes(0) ? 0 : bytes;
}

function checkCoverage(entries: Entry[], dataBytes: number, fail: Fail): void {
  let covered = 0;
  let last = 'the header';
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const tensor = `tensor ${JSON.stringify(name)}`;
    if (begin < covered) fail(`the bytes of ${tensor} and ${last} overlap`);
    if (begin > covered) fail(`${begin - covered} bytes between ${last} and ${tensor} belong to no tensor`);
    if (end > dataBytes) fail(`${tensor} ends at byte ${end} of the data, but there are only ${dataBytes}: the file is cut off`);
    covered = end;
    last = tensor;
  }
  if (covered < dataBytes) fail(`the last ${dataBytes - covered} bytes belong to no tensor`);
}

/** The header's JSON, and the tensors in the order their bytes have to follow: widest elements first, so that all are aligned. */
export function makeHeader<T extends { readonly dtype: DType; readonly shape: readonly number[] }>(
  tensors: ReadonlyMap<string, T>,
  metadata: Readonly<Record<string, string>>,
): { text: string; order: readonly T[] } {
  const sorted = [...tensors].sort(([, a], [, b]) => ITEM_BYTES[b.dtype] - ITEM_BYTES[a.dtype]);
  const fields: string[] = [];
  if (Object.keys(metadata).length > 0) fields.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let at = 0;
  for (const [name, { dtype, shape }] of sorted) {
    const begin = at;
    at += bytesOf(shape, dtype)!;
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype: FILE_NAMES[dtype], shape, data_offsets: [begin, at] })}`);
  }
  return { text: `{${fields.join(',')}}`, order: sorted.map(([, tensor]) => tensor) };
}
