/** Weights on disk: there and back, and files that are broken or hostile. */

import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadWeights, nn, saveWeights } from '../../src/index.js';
import { rejection, toyModel, weights } from '../train/toy.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slalom-'));
});

const built = (seed = 1, dtype: 'f32' | 'f64' = 'f32') => toyModel().build([4], { seed, dtype });

/** A file with this header, as text, and so many bytes of data. */
function fileOf(header: string | object, dataBytes: number, length?: bigint): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([size, text, Buffer.alloc(dataBytes)]);
}

const f32 = (shape: readonly number[], from: number, to: number) => ({ dtype: 'F32', shape, data_offsets: [from, to] });

describe('weights', () => {
  it.each(['f32', 'f64'] as const)('come back as they were, in %s', async (dtype) => {
    const path = join(folder, `${dtype}.safetensors`);
    const model = built(1, dtype);
    await saveWeights(model, path);
    const other = built(2, dtype);
    await loadWeights(other, path);
    expect(weights(other)).toEqual(weights(model));
  });

  it('load into a model that has no shapes yet', async () => {
    const path = join(folder, 'unbuilt.safetensors');
    const model = built();
    await saveWeights(model, path);
    const fresh = toyModel();
    await loadWeights(fresh, path);
    expect(weights(fresh.build([4], { seed: 9 }))).toEqual(weights(model));
  });

  it('are in the format that others read', async () => {
    const path = join(folder, 'format.safetensors');
    await saveWeights(built(), path);
    const file = await readFile(path);
    const length = Number(file.readBigUInt64LE());
    const header = JSON.parse(file.subarray(8, 8 + length).toString());
    expect(header['layers.0.weight']).toMatchObject({ dtype: 'F32', shape: [4, 8] });
    expect((8 + length) % 8).toBe(0);
  });

  it('replace the old file whole, and leave nothing else behind', async () => {
    const place = await mkdtemp(join(folder, 'atomic-'));
    const path = join(place, 'model.safetensors');
    await saveWeights(built(1), path);
    await saveWeights(built(2), path);
    expect(await readdir(place)).toEqual(['model.safetensors']);
    const other = built(3);
    await loadWeights(other, path);
    expect(weights(other)).toEqual(weights(built(2)));
  });

  it('stay as they were when a file does not fit, and every difference is listed', async () => {
    const path = join(folder, 'other.safetensors');
    await saveWeights(nn.sequential([nn.dense(8), nn.dense(5), nn.dense(2)]).build([4], { seed: 1 }), path);
    const model = built();
    const before = weights(model);
    const error = await rejection(loadWeights(model, path));
    expect(error.name).toBe('CheckpointError');
    for (const name of ['layers.1.weight', 'layers.1.bias', 'layers.2.weight', 'layers.2.bias']) expect(error.message).toContain(name);
    expect(error.message).not.toContain('layers.0.weight');
    expect(weights(model)).toEqual(before);
  });

  it('of another dtype are refused', async () => {
    const path = join(folder, 'wide.safetensors');
    await saveWeights(built(1, 'f64'), path);
    expect((await rejection(loadWeights(built(), path))).message).toMatch(/f64|F64/);
  });

  it('cannot go where no folder is', async () => {
    expect(await rejection(saveWeights(built(), join(folder, 'no', 'folder', 'x.safetensors')))).toMatchObject({ code: 'ENOENT' });
    expect(await rejection(loadWeights(built(), join(folder, 'missing.safetensors')))).toMatchObject({ code: 'ENOENT' });
  });
});

describe('a broken file', () => {
  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['half a length', Buffer.alloc(5)],
    ['a header past the end', fileOf('{}', 0, 100n)],
    ['a header of 2^63 bytes', fileOf('{}', 0, 2n ** 63n)],
    ['a header that is not JSON', fileOf('{"a": nope}', 0)],
    ['a header that is no object', fileOf('[1, 2]', 0)],
    ['a header that is not UTF-8', Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])])],
    ['a header nested a million deep', fileOf(`{"a":${'['.repeat(1e6)}`, 0)],
    [
      'the same name twice',
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}', 8),
    ],
    ['offsets that overlap', fileOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12)],
    ['a hole', fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12)],
    ['bytes at the end', fileOf({ a: f32([1], 0, 4) }, 9)],
    ['data cut short', fileOf({ a: f32([4], 0, 16) }, 8)],
    ['offsets backwards', fileOf({ a: f32([1], 4, 0) }, 4)],
    ['negative offsets', fileOf({ a: f32([1], -4, 0) }, 4)],
    ['broken offsets', fileOf({ a: f32([1], 0, 4.5) }, 4)],
    ['an unknown dtype', fileOf({ a: { dtype: 'Q7', shape: [1], data_offsets: [0, 4] } }, 4)],
    ['a shape that does not fit its bytes', fileOf({ a: f32([3], 0, 4) }, 4)],
    ['a shape that overflows', fileOf({ a: f32([2 ** 31, 2 ** 31, 2 ** 31], 0, 4) }, 4)],
    ['negative sizes', fileOf({ a: f32([-1, -1], 0, 4) }, 4)],
    ['no shape', fileOf({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4)],
    ['a tensor that is a number', fileOf({ a: 3 }, 0)],
    ['a bool that is neither', fileOf({ a: { dtype: 'BOOL', shape: [1], data_offsets: [0, 1] } }, 0)],
  ])('with %s is refused, and the model stays as it was', async (name, contents) => {
    const path = join(folder, `${name.replace(/\W/g, '-')}.safetensors`);
    await writeFile(path, contents);
    const model = built();
    const before = weights(model);
    const error = await rejection(loadWeights(model, path));
    expect(error.name).toBe('DataError');
    expect(error.message).toContain('is not a valid safetensors file');
    expect(weights(model)).toEqual(before);
  });

  it('that is a folder is refused', async () => {
    expect(await rejection(loadWeights(built(), folder))).toMatchObject({ code: 'EISDIR' });
  });

  it('cut at any byte is refused', async () => {
    const path = join(folder, 'cut.safetensors');
    await saveWeights(built(), path);
    const whole = await readFile(path);
    for (let bytes = 0; bytes < whole.length; bytes += 13) {
      await writeFile(path, whole.subarray(0, bytes));
      expect((await rejection(loadWeights(built(), path))).name, `${bytes} bytes`).toBe('DataError');
    }
  });
});
