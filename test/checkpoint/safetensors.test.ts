/** Weights on disk: there and back. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { array, loadWeights, nn, saveWeights, type Tensor, variable } from '../../src/index.js';
import { rejection, toyModel, weights } from '../train/toy.js';
import { built, newFolder } from './files.js';

const folder = await newFolder();

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

  it('keep every bit: NaN, -0, infinities, denormals', async () => {
    const path = join(folder, 'special.safetensors');
    const model = built();
    const special = [Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** -149, 2 ** -126, 2 ** 127, 0.1];
    model.load({ ...model.state(), 'layers.0.bias': array(special) });
    await saveWeights(model, path);
    const other = built(2);
    await loadWeights(other, path);
    expect(weights(other)).toEqual(weights(model));
  });

  it('of any dtype are kept, whatever their order', async () => {
    class Mixed extends nn.Module {
      flags = variable([true, false, true], { dtype: 'bool' });
      wide = variable([1 / 3], { dtype: 'f64' });
      bytes = variable([255, 0, 7], { dtype: 'u8' });
      count = variable(-(2 ** 31), { dtype: 'i32' });
      none = variable(array(new Float32Array(0), { shape: [0, 3] }));
      forward(x: Tensor) {
        return x;
      }
    }
    const path = join(folder, 'mixed.safetensors');
    const model = new Mixed();
    await saveWeights(model, path);
    const other = new Mixed();
    other.load(
      Object.fromEntries(
        Object.entries(model.state()).map(([name, { dtype, shape, size }]) => [name, array(new Uint8Array(size), { dtype, shape })]),
      ),
    );
    await loadWeights(other, path);
    expect(weights(other)).toEqual(weights(model));
    expect(Object.values(other.state()).map(({ dtype, shape }) => [dtype, shape])).toEqual(
      Object.values(model.state()).map(({ dtype, shape }) => [dtype, shape]),
    );
    expect(other.wide.value.item()).toBe(1 / 3);
  });

  it('that do not exist cannot be loaded', async () => {
    expect(await rejection(loadWeights(built(), join(folder, 'missing.safetensors')))).toMatchObject({ code: 'ENOENT' });
  });

  it.each([undefined, null, {}, 'model.safetensors'])('belong to a model, which %s is not', async (model) => {
    for (const use of [loadWeights, saveWeights]) {
      const error = await rejection(use(model as never, join(folder, 'never.safetensors')));
      expect(error).toMatchObject({ code: 'OPTION', message: expect.stringContaining('the first argument must be a model or a layer') });
    }
  });

  it('go to a path that is text', async () => {
    for (const use of [loadWeights, saveWeights]) {
      expect((await rejection(use(built(), 3 as never))).message).toContain('path must be a string, found 3');
    }
  });

  it('without shapes cannot be saved', async () => {
    const error = await rejection(saveWeights(toyModel(), join(folder, 'never.safetensors')));
    expect(error).toMatchObject({ code: 'STATE', path: 'layers.0.weight' });
  });
});
