/** Whatever goes wrong while weights are written, the file is the old one or the new one, whole. */

import { mkdir, open, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadWeights, saveWeights } from '../../src/index.js';
import { rejection, weights } from '../train/toy.js';
import { built, newFolder } from './files.js';

/** What `open` gives, so that its methods can be made to fail. */
const handle = await open('.', 'r');
const FileHandle = Object.getPrototypeOf(handle) as typeof handle;
await handle.close();

afterEach(() => vi.restoreAllMocks());

/** A folder with one file, the weights of seed 1. */
async function saved() {
  const folder = await newFolder();
  const path = join(folder, 'model.safetensors');
  await saveWeights(built(1), path);
  return { folder, path };
}

async function expectSeed(path: string, seed: number) {
  const model = built(9);
  await loadWeights(model, path);
  expect(weights(model)).toEqual(weights(built(seed)));
}

it('a file is replaced whole, and nothing else is left behind', async () => {
  const { folder, path } = await saved();
  await saveWeights(built(2), path);
  expect(await readdir(folder)).toEqual(['model.safetensors']);
  await expectSeed(path, 2);
});

describe('the old file stays when', () => {
  const full = () => Promise.reject(Object.assign(new Error('the disk is full'), { code: 'ENOSPC' }));

  it.each<[string, () => unknown]>([
    ['the first write fails', () => vi.spyOn(FileHandle, 'write').mockImplementationOnce(full)],
    [
      'the last write fails',
      () => {
        const { write } = FileHandle;
        let writes = 0;
        vi.spyOn(FileHandle, 'write').mockImplementation(function (this: typeof handle, ...args: never[]) {
          return ++writes === 5 ? full() : (write as (...args: never[]) => never).apply(this, args);
        } as never);
      },
    ],
    ['the disk does not confirm', () => vi.spyOn(FileHandle, 'sync').mockImplementationOnce(full)],
  ])('%s', async (_, fail) => {
    const { folder, path } = await saved();
    fail();
    expect(await rejection(saveWeights(built(2), path))).toMatchObject({ code: 'ENOSPC' });
    vi.restoreAllMocks();
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    await expectSeed(path, 1);
    await saveWeights(built(2), path);
    await expectSeed(path, 2);
  });
});

it('writes that take only some bytes at a time are gone on with', async () => {
  const { path } = await saved();
  const { write } = FileHandle;
  vi.spyOn(FileHandle, 'write').mockImplementation(function (this: typeof handle, part: Uint8Array, at: number, length: number) {
    return (write as (part: Uint8Array, at: number, length: number) => Promise<unknown>).call(this, part, at, Math.min(length, 7));
  } as never);
  await saveWeights(built(2), path);
  vi.restoreAllMocks();
  await expectSeed(path, 2);
});

it('many saves at once leave one of their files', async () => {
  const { folder, path } = await saved();
  await Promise.all([2, 3, 4, 5].map((seed) => saveWeights(built(seed), path)));
  expect(await readdir(folder)).toEqual(['model.safetensors']);
  const model = built(9);
  await loadWeights(model, path);
  expect([2, 3, 4, 5].map((seed) => weights(built(seed)))).toContainEqual(weights(model));
});

it('a link is replaced, what it points to is not', async () => {
  const { folder, path } = await saved();
  const link = join(folder, 'link.safetensors');
  await symlink(path, link);
  await saveWeights(built(2), link);
  await expectSeed(path, 1);
  await expectSeed(link, 2);
});

describe('a place that takes no file is refused, and left as it is', () => {
  it.each<[string, string, string]>([
    ['a folder', 'folder', 'EISDIR'],
    ['below a file', 'file/model.safetensors', 'ENOTDIR'],
    ['in no folder', 'no/folder/model.safetensors', 'ENOENT'],
    ['without a name', '', 'ENOENT'],
  ])('%s', async (_, place, code) => {
    const folder = await newFolder();
    await mkdir(join(folder, 'folder'));
    await writeFile(join(folder, 'file'), '');
    expect(await rejection(saveWeights(built(), place && join(folder, place)))).toMatchObject({ code });
    expect((await readdir(folder)).sort()).toEqual(['file', 'folder']);
    expect(await readdir(join(folder, 'folder'))).toEqual([]);
  });
});
