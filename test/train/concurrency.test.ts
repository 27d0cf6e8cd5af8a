/** Runs beside runs, and everything else that a model may be asked for meanwhile: DESIGN 6. */

import { describe, expect, it } from 'vitest';
import {
  array,
  BusyError,
  compile,
  evaluate,
  fit,
  losses,
  nn,
  optim,
  predict,
  predictSync,
  saveWeights,
  type Tensor,
} from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const data = toyData(200);
const options = (epochs = 20) => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.01 }), epochs, batchSize: 20, seed: 7 });

describe('a model that a run has', () => {
  const saved = toyModel().build([4], { seed: 2 }).state();

  it.each<[string, (model: ReturnType<typeof toyModel>) => unknown]>([
    ['fit', (model) => fit(model, data, options())],
    ['predict', (model) => predict(model, data.x)],
    ['predictSync', (model) => predictSync(model, data.x)],
    ['evaluate', (model) => evaluate(model, data, { loss: losses.crossEntropy() })],
    ['saveWeights', (model) => saveWeights(model, '/nowhere/never.safetensors')],
    ['load', (model) => model.load(saved)],
    ['state', (model) => model.state()],
  ])('refuses %s', async (_, use) => {
    const model = toyModel().build([4], { seed: 1 });
    const run = fit(model, data, { ...options(1e6) });
    await Promise.resolve();
    const error = await rejection((async () => use(model))());
    run.abort();
    await run;
    expect(error).toBeInstanceOf(BusyError);
    expect(error.code).toBe('MODEL_BUSY');
    expect((await fit(model, data, options(1))).epochs).toBe(1);
  });

  it('predicts with the weights of the last epoch where the run publishes them', async () => {
    const model = toyModel();
    const predictions: number[][] = [];
    await fit(model, data, {
      ...options(3),
      publish: 'epoch',
      onEpoch: async () => {
        predictions.push(Array.from((await predict(model, data.x)).data as Float32Array));
      },
    });
    for (const [i, seen] of predictions.entries()) {
      const other = toyModel();
      await fit(other, data, options(i + 1));
      expect(seen).toEqual(Array.from((await predict(other, data.x)).data as Float32Array));
    }
  });
});

describe('a layer that two models share', () => {
  const pair = () => {
    const shared = nn.dense(8, { activation: 'tanh' });
    return [1, 2].map(() => nn.sequential([shared, nn.dense(3)]).build([4], { seed: 1 })) as [nn.Sequential, nn.Sequential];
  };

  it.each<[string, (model: nn.Sequential) => unknown]>([
    ['fit', (model) => fit(model, data, options())],
    ['predict', (model) => predict(model, data.x)],
    ['predictSync', (model) => predictSync(model, data.x)],
    ['evaluate', (model) => evaluate(model, data, { loss: losses.crossEntropy() })],
    ['a compiled function', (model) => compile((x: Tensor) => model.call(x))(data.x)],
    ['load', (model) => model.load(pair()[0].state())],
    ['state', (model) => model.state()],
  ])('keeps %s of the other out while one trains', async (_, use) => {
    const [one, other] = pair();
    const run = fit(one, data, options(1e6));
    await new Promise(setImmediate);
    const error = await rejection((async () => use(other))());
    run.abort();
    await run;
    expect(error).toMatchObject({ name: 'BusyError', code: 'MODEL_BUSY' });
    expect((await fit(other, data, options(1))).epochs).toBe(1);
  });
});

describe('a run that publishes', () => {
  it('shows the first weights until an epoch has ended, to predict, predictSync and evaluate', async () => {
    const model = toyModel().build([4], { seed: 7 });
    const before = await predict(model, data.x);
    const scores = await evaluate(model, data, { loss: losses.crossEntropy() });
    await fit(model, data, {
      ...options(2),
      publish: 'epoch',
      callbacks: [
        {
          async epochBegin(epoch) {
            if (epoch > 1) return;
            expect(predictSync(model, data.x).data).toEqual(before.data);
            expect((await predict(model, data.x)).data).toEqual(before.data);
            expect(await evaluate(model, data, { loss: losses.crossEntropy() })).toEqual(scores);
          },
        },
      ],
    });
  });

  it('gives evaluate the scores of the last epoch', async () => {
    const model = toyModel();
    const seen: number[] = [];
    const { validation } = await fit(model, data, {
      ...options(4),
      validation: data,
      publish: 'epoch',
      onEpoch: async () => seen.push((await evaluate(model, data, { loss: losses.crossEntropy() })).loss),
    });
    expect(seen).toEqual(validation!.loss);
  });

  it('still refuses a second fit', async () => {
    const model = toyModel();
    const run = fit(model, data, { ...options(), publish: 'epoch' });
    expect(await rejection(fit(model, data, options()))).toMatchObject({ code: 'MODEL_BUSY' });
    expect((await run).epochs).toBe(20);
  });
});

describe.each<[string, (model: ReturnType<typeof toyModel>) => Promise<unknown>]>([
  ['a prediction', async (model) => (await predict(model, data.x, { batchSize: 3 })).data],
  ['an evaluation', (model) => evaluate(model, data, { loss: losses.crossEntropy(), batchSize: 3 })],
])('%s that is not done yet sees the weights of its call', (_, read) => {
  const other = toyModel().build([4], { seed: 2 });

  it.each<[string, (model: ReturnType<typeof toyModel>) => unknown]>([
    ['trained', (model) => fit(model, data, options(3))],
    ['trained again', (model) => fit(model, data, options(1)).then(() => fit(model, data, options(1)))],
    ['loaded', (model) => model.load(other.state())],
  ])('while the model is %s', async (_, change) => {
    const model = toyModel().build([4], { seed: 1 });
    const alone = await read(model);
    const changed = toyModel().build([4], { seed: 1 });
    await change(changed);
    const reading = [read(model), read(model)];
    const changing = change(model);
    expect(await Promise.all(reading)).toEqual([alone, alone]);
    await changing;
    expect(weights(model)).toEqual(weights(changed));
    expect(await read(model)).toEqual(await read(changed));
  });

  it('while a run publishes', async () => {
    const model = toyModel();
    const seen: Promise<unknown>[] = [];
    const expected: unknown[] = [];
    await fit(model, data, {
      ...options(4),
      publish: 'epoch',
      callbacks: [
        {
          async epochBegin() {
            expected.push(await read(model));
            seen.push(read(model));
          },
        },
      ],
    });
    expect(await Promise.all(seen)).toEqual(expected);
  });
});

describe('two models', () => {
  it('that train at once get the bits of their solo runs', async () => {
    const solo = await Promise.all(
      [1, 2].map(async (seed) => {
        const model = toyModel();
        await fit(model, toyData(200, seed), { ...options(), seed });
        return weights(model);
      }),
    );
    const models = [toyModel(), toyModel()];
    await Promise.all(models.map((model, i) => fit(model, toyData(200, i + 1), { ...options(), seed: i + 1 })));
    expect(models.map(weights)).toEqual(solo);
  });

  it('cannot share an optimizer', async () => {
    const shared = options();
    const run = fit(toyModel(), data, shared);
    const error = await rejection(fit(toyModel(), data, shared));
    expect(error.message).toMatch(/optimizer|already trains/);
    expect((await run).epochs).toBe(20);
  });
});

describe('inputs that change in mid-run', () => {
  it.each<[string, (x: Float32Array) => void]>([
    ['transferred', (x) => void structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] })],
    ['written to', (x) => void x.fill(Number.NaN)],
  ])('do not matter: %s', async (_, change) => {
    const values = Float32Array.from(data.x.data as Float32Array);
    const model = toyModel();
    const run = fit(model, { x: array(values, { shape: [200, 4] }), y: data.y }, options());
    change(values);
    await run;
    const other = toyModel();
    await fit(other, data, options());
    expect(weights(model)).toEqual(weights(other));
  });

  it('do not matter: resized', async () => {
    const buffer = new (ArrayBuffer as new (bytes: number, options: object) => ArrayBuffer)(3200, { maxByteLength: 6400 });
    const values = new Float32Array(buffer);
    values.set(data.x.data as Float32Array);
    const model = toyModel();
    const run = fit(model, { x: array(values, { shape: [200, 4] }), y: data.y }, options());
    (buffer as unknown as { resize(bytes: number): void }).resize(0);
    await run;
    const other = toyModel();
    await fit(other, data, options());
    expect(weights(model)).toEqual(weights(other));
  });
});
