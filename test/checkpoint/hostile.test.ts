/** Files that are broken or hostile: the process lives, the error says what is wrong, the model stays as it was. */

import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadWeights, saveWeights } from '../../src/index.js';
import { rejection, weights } from '../train/toy.js';
import { built, f32, fileOf, newFolder, tensor } from './files.js';

const folder = await newFolder();
const raw = (shape: string, offsets = '[0,4]') => `{"a":{"dtype":"F32","shape":${shape},"data_offsets":${offsets}}}`;

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
    ['a header of 2^64 − 1 bytes', fileOf('{}', 0, 2n ** 64n - 1n)],
    ['a header of no bytes', fileOf('{}', 0, 0n)],
    ['a header that begins with a byte order mark', fileOf('\ufeff{}', 0)],
    ['a header that begins with a space', fileOf(' {}', 0)],
    ['zeros after the header', fileOf('{}\0\0', 0)],
    ['two headers', fileOf('{}{}', 0)],
    ['a comma too many', fileOf('{"a":1,}', 0)],
    ['a string without an end', fileOf('{"a', 0)],
    ['an unknown escape', fileOf('{"\\x":1}', 0)],
    [
      'the same name twice, once in escapes',
      fileOf(`{"a":${JSON.stringify(f32([1], 0, 4))},"\\u0061":${JSON.stringify(f32([1], 4, 8))}}`, 8),
    ],
    ['the same bytes for two tensors', fileOf({ a: f32([1], 0, 4), b: f32([1], 0, 4) }, 4)],
    ['an empty tensor inside another', fileOf({ a: f32([2], 0, 8), b: f32([0], 4, 4) }, 8)],
    ['data that begin late', fileOf({ a: f32([1], 4, 8) }, 8)],
    ['offsets at 2^53', fileOf({ a: f32([1], 2 ** 53 - 5, 2 ** 53 - 1) }, 4)],
    ['one offset', fileOf({ a: tensor('F32', [1], 0) }, 4)],
    ['three offsets', fileOf({ a: tensor('F32', [1], 0, 4, 8) }, 4)],
    ['offsets as text', fileOf({ a: tensor('F32', [1], '0', '4') }, 4)],
    ['a shape that overflows behind a zero', fileOf({ a: f32([0, 2 ** 40, 2 ** 40], 0, 0) }, 0)],
    ['a size of 10^20', fileOf(raw('[100000000000000000000]'), 4)],
    ['a size of Infinity', fileOf(raw('[1e400]'), 4)],
    ['a broken size', fileOf(raw('[0.5]'), 4)],
    ['a size of null', fileOf(raw('[null]'), 4)],
    ['a shape as text', fileOf(raw('"1"'), 4)],
    ['offsets of Infinity', fileOf(raw('[1]', '[0,1e400]'), 4)],
    ['a dtype that Slalom has not', fileOf({ a: tensor('F16', [2], 0, 4) }, 4)],
    ['a dtype in small letters', fileOf({ a: tensor('f32', [1], 0, 4) }, 4)],
    ['a dtype from a prototype', fileOf({ a: tensor('__proto__', [1], 0, 4) }, 4)],
    ['a dtype of another size', fileOf({ a: tensor('F64', [1], 0, 4) }, 4)],
    ['an unknown field', fileOf({ a: { ...f32([1], 0, 4), extra: 1 } }, 4)],
    ['metadata that are numbers', fileOf({ __metadata__: { a: 1 } }, 0)],
    ['metadata that are a list', fileOf({ __metadata__: [] }, 0)],
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

  it('that claims more than memory holds is refused', async () => {
    const path = join(folder, 'sparse.safetensors');
    const head = fileOf({ a: f32([2 ** 40], 0, 2 ** 42) }, 0);
    await writeFile(path, head);
    await truncate(path, head.length + 2 ** 42);
    expect(await rejection(loadWeights(built(), path))).toMatchObject({
      code: 'DATA',
      message: 'sparse.safetensors cannot be read: there is no memory for 4398046511104 bytes',
    });
  });
});

describe('a file that is only odd', () => {
  it.each<[string, Buffer, string]>([
    ['names that objects inherit', fileOf(`{"__proto__":${JSON.stringify(f32([1], 0, 4))}}`, 4), '__proto__ is not in the model'],
    ['a hundred thousand axes', fileOf({ a: f32(Array(1e5).fill(1), 0, 4) }, 4), 'a is not in the model'],
    ['no tensors', fileOf('{}      ', 0), 'layers.0.weight is missing'],
  ])('is read, and does not fit: %s', async (_, contents, message) => {
    const path = join(folder, 'odd.safetensors');
    await writeFile(path, contents);
    const model = built();
    const before = weights(model);
    const error = await rejection(loadWeights(model, path));
    expect(error.name).toBe('CheckpointError');
    expect(error.message).toContain(message);
    expect(weights(model)).toEqual(before);
  });
});
