/** Files and models for tests of checkpoints. */

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toyModel } from '../train/toy.js';

export const newFolder = () => mkdtemp(join(tmpdir(), 'slalom-'));

export const built = (seed = 1, dtype: 'f32' | 'f64' = 'f32') => toyModel().build([4], { seed, dtype });

/** A file with this header, as text, and so many bytes of data. */
export function fileOf(header: string | object, dataBytes: number, length?: bigint): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([size, text, Buffer.alloc(dataBytes)]);
}

export const tensor = (dtype: unknown, shape: unknown, ...data_offsets: unknown[]) => ({ dtype, shape, data_offsets });

export const f32 = (shape: readonly number[], from: number, to: number) => tensor('F32', shape, from, to);
