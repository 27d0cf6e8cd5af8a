/** Models that prepare their data, in fit, evaluate and predict. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  array,
  callbacks,
  type Data,
  evaluate,
  type FitOptions,
  findLearningRate,
  fit,
  losses,
  metrics,
  nn,
  optim,
  predict,
  predictSync,
  type Tensor,
} from '../../src/index.js';
import { NAN, preparing, recordsFrom } from './records.js';
import { rejection, weights } from './toy.js';

const ROWS = 240;

const records = (rows = ROWS, seed = 1) => recordsFrom(1e9, rows, seed);

const make = (dtype: 'f32' | 'f64' = 'f32') => nn.sequential([preparing(), nn.dense(8, { activation: 'tanh' }), nn.dense(2)], { dtype });

const options = (more: Partial<FitOptions> = {}) =>
  ({
    loss: losses.crossEntropy(),
    optimizer: optim.adam({ lr: 0.02 }),
    metrics: [metrics.accuracy()],
    epochs: 12,
    batchSize: 16,
    seed: 4,
    ...more,
  }) satisfies FitOptions;

const data = records();
const scores = { loss: losses.crossEntropy(), metrics: [metrics.accuracy()] } as const;
const statistic = (model: ReturnType<typeof make>, path: string) => [...model.state()[path]!.data];
const fittedLayers = (model: ReturnType<typeof make>) => [...model.variables().values()].filter(({ initialized }) => initialized).length;

describe('fit', () => {
  it.each(['f32', 'f64'] as const)('fits the statistics, trains and is evaluated, in %s', async (dtype) => {
    const model = make(dtype);
    const history = await fit(model, data, options({ validation: records(60, 2) }));
    expect(history.metrics.accuracy!.at(-1)).toBeGreaterThan(0.9);
    const { accuracy } = await evaluate(model, records(100, 3), scores);
    expect(accuracy).toBeGreaterThan(0.85);
    const found = await predict(model, data.x);
    expect(found.dtype).toBe(dtype);
    expect(predictSync(model, data.x).data).toEqual(found.data);
    expect([...predictSync(model, data.x.slice(7, 8)).data]).toEqual([...found.data.slice(14, 16)]);
  });

  it('never looks at validation rows', async () => {
    const [x, y] = [
      [[1], [3], [100], [200]],
      [0, 1, 0, 1],
    ];
    const scaled = () => nn.sequential([nn.standardize(), nn.dense(2)]);
    const mean = async (given: Data, more: object) => {
      const model = scaled();
      await fit(model, given, options(more));
      return model.state()['layers.0.mean']!.item();
    };
    expect(await mean({ x, y }, { validationSplit: 0.5 })).toBe(2);
    expect(await mean({ x: x.slice(0, 2), y: y.slice(0, 2) }, { validation: { x, y } })).toBe(2);
    expect(await mean({ x, y }, {})).toBe(76);
  });

  it('gives the bits of data that were standardized before', async () => {
    const { x, y } = records(ROWS, 8);
    const one = array(
      x.map((row) => row[1]! * 1e6 + 0.5),
      { shape: [ROWS, 1] },
    );
    const layer = await nn.standardize().adapt(one);
    const rest = () => nn.sequential([nn.dense(4, { activation: 'tanh' }), nn.dense(2)]);
    const [inside, alone] = [rest(), rest()];
    inside.build([1], { seed: 1 });
    alone.load(inside.state());
    const { history: a, model } = await (async () => {
      const made = nn.sequential([nn.standardize(), inside]);
      return { model: made, history: await fit(made, { x: one, y }, options()) };
    })();
    const b = await fit(alone, { x: await predict(layer, one), y }, options());
    expect(a.loss).toEqual(b.loss);
    expect(weights(inside)).toEqual(weights(alone));
    expect(model.state()['layers.0.mean']!.data).toEqual(layer.mean.value.data);
  });

  it('keeps statistics that are there, by an earlier fit, adapt or a load', async () => {
    const model = make();
    await fit(model, data, options());
    const before = statistic(model, 'layers.0.groups.0.apply.mean');
    const other = records(50, 9);
    for (const row of other.x) row[0] = row[0]! + 5;
    await fit(model, other, options());
    expect(statistic(model, 'layers.0.groups.0.apply.mean')).toEqual(before);
    const loaded = make();
    loaded.load(model.state());
    await fit(loaded, other, options());
    expect(statistic(loaded, 'layers.0.groups.0.apply.mean')).toEqual(before);
    await loaded.adapt(other.x);
    expect(statistic(loaded, 'layers.0.groups.0.apply.mean')[0]).toBeGreaterThan(before[0]! + 4);
  });

  it('repeats to the bit', async () => {
    const run = async () => {
      const model = make();
      await fit(model, data, options());
      return weights(model);
    };
    expect(await run()).toEqual(await run());
  });

  it('is found by findLearningRate too', async () => {
    const model = make();
    const sweep = await findLearningRate(model, data, { loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.1 }), steps: 20 });
    expect(sweep.valley).toBeGreaterThan(0);
    expect(statistic(model, 'layers.0.groups.1.apply.categories')).toEqual([5, 6, 9]);
  });
});

describe('missing numbers', () => {
  const change = (row: number, column: number, value: number) => {
    const { x, y } = records();
    x[row]![column] = value;
    return { x, y };
  };
  const calls = async (given: Data) => {
    const model = make();
    await fit(model, data, options({ epochs: 1 }));
    return [
      await rejection(fit(make(), given, options())),
      await rejection(fit(model, given, options())),
      await rejection(fit(model, data, options({ validation: given }))),
      await rejection(evaluate(model, given, scores)),
      await rejection(predict(model, given.x)),
      await rejection((async () => predictSync(model, given.x))()),
    ].map(({ message }) => message.replace(/^\w+: (validation\.)?x /, ''));
  };

  it.each([
    ['NaN where nothing fills it', 0, NAN],
    ['NaN in a category', 1, NAN],
    ['an infinity, also where NaN is filled', 2, Number.POSITIVE_INFINITY],
  ])('%s is refused everywhere', async (_, column, value) => {
    const messages = await calls(change(130, column, value));
    expect(messages).toEqual(messages.map(() => expect.stringContaining(`holds ${value} in row 130, column ${column}; expected finite`)));
  });

  it('a module of one’s own may say that it fills them', async () => {
    class Filled extends nn.Module {
      readonly fill = nn.impute();
      readonly out = nn.dense(2);
      override inputTraits() {
        return this.fill.inputTraits();
      }
      forward(x: Tensor): Tensor {
        return this.out.call(this.fill.call(x).cast(this.dtype).mul(1e-9));
      }
    }
    const model = new Filled();
    expect((await fit(model, data, options({ epochs: 1 }))).epochs).toBe(1);
    expect((await predict(model, data.x)).data.every(Number.isFinite)).toBe(true);
  });

  it('are not blamed for a step that is refused', async () => {
    const x = data.x.map(([a, b, c]) => [c!, b!, c!, a!]);
    const model = nn.sequential([nn.columns([{ columns: [0, 2], apply: nn.impute() }, { columns: [1, 3] }]), nn.dense(2)]);
    const wild = options({ loss: losses.mse(), optimizer: optim.sgd({ lr: 1e20 }) });
    const error = await rejection(fit(model, { x, y: data.x.map(() => [0, 1]) }, wild));
    expect(error.code).toBe('NON_FINITE');
    expect(error.message).not.toMatch(/concat|layers\.0/);
  });

  it('an unknown category is refused everywhere', async () => {
    const given = change(130, 1, 7);
    const model = make();
    await fit(model, data, options({ epochs: 1 }));
    const messages = [
      await rejection(fit(model, given, options())),
      await rejection(fit(model, data, options({ validation: given }))),
      await rejection(evaluate(model, given, scores)),
      await rejection(predict(model, given.x)),
    ].map(({ message }) => message);
    expect(messages).toEqual(
      messages.map(() => expect.stringMatching(/row 130, column 1 of (validation\.)?x holds 7, which is none of its/)),
    );
  });
});

describe('a fit that is refused leaves no statistics behind', () => {
  it.each<[string, Data, Partial<FitOptions>]>([
    ['for its labels', { x: data.x, y: Int32Array.from(data.y).fill(2, 9, 10) }, {}],
    ['for an unknown category in its validation data', data, { validation: { x: [[1e9, 8, 1]], y: [0] } }],
    ['for validation data of another width', data, { validation: { x: [[1e9, 5]], y: [0] } }],
  ])('%s', async (_, given, more) => {
    const model = make();
    await rejection((async () => fit(model, given, options(more)))());
    expect(fittedLayers(model)).toBe(0);
    expect((await fit(model, data, options({ epochs: 1 }))).epochs).toBe(1);
  });

  it('nor one that is aborted before its first step', async () => {
    const model = make();
    const controller = new AbortController();
    const run = fit(model, data, options({ signal: controller.signal, validationSplit: 0.2 }));
    controller.abort();
    expect(await run).toMatchObject({ stopReason: 'aborted', epochs: 0, steps: 0, loss: [], metrics: { accuracy: [] } });
    expect(fittedLayers(model)).toBe(0);
  });
});

describe('while a run goes on', () => {
  it('predict sees the statistics with the weights, and adapt waits its turn', async () => {
    const model = make();
    const seen: number[] = [];
    const refused: string[] = [];
    const history = await fit(
      model,
      data,
      options({
        epochs: 3,
        publish: 'epoch',
        onEpoch: async () => {
          seen.push((await predict(model, data.x.slice(0, 5))).size, predictSync(model, data.x.slice(0, 1)).size);
          refused.push((await rejection(predict(model, [[1e9, 7, 1]]))).message, (await rejection(model.adapt(data.x))).message);
        },
      }),
    );
    expect(history.epochs).toBe(3);
    expect(seen).toEqual([10, 2, 10, 2, 10, 2]);
    expect(refused.filter((message) => message.includes('none of its categories')).length).toBe(3);
    expect(refused.filter((message) => /^model\.adapt: a run is training layers\.0\.groups\.0\.apply\.mean/.test(message)).length).toBe(3);
  });

  it('a second fit is refused, also while the first looks at the data', async () => {
    const model = make();
    const first = fit(model, data, options({ epochs: 1 }));
    const error = await rejection(fit(model, data, options({ epochs: 1 })));
    expect(error.code).toBe('MODEL_BUSY');
    expect((await first).epochs).toBe(1);
  });
});

describe('checkpoints', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slalom-preprocess-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('carry the statistics into a fresh model, and the run ends with the same bits', async () => {
    const whole = make();
    await fit(whole, data, options());
    const interrupted = callbacks.checkpoint({ directory: folder, everySteps: 7 });
    await fit(make(), data, options({ callbacks: [interrupted, { batchEnd: ({ step }, run) => step === 40 && run.stop('aborted') }] }));
    const resumed = make();
    const rows = records();
    const history = await fit(
      resumed,
      rows,
      options({ callbacks: [callbacks.checkpoint({ directory: folder, everySteps: 7 })], resume: folder }),
    );
    expect(history.epochs).toBe(12);
    expect(weights(resumed)).toEqual(weights(whole));
  });

  it('of a model without them are refused, and leave the model as it was', async () => {
    const plain = nn.sequential([nn.dense(2)]);
    const path = join(folder, 'plain');
    const simple = { x: [[1], [2], [3], [4]], y: [0, 1, 0, 1] };
    await fit(plain, simple, options({ epochs: 1, callbacks: [callbacks.checkpoint({ directory: path })] }));
    const model = nn.sequential([nn.standardize(), nn.dense(2)]);
    const error = await rejection(
      fit(model, simple, options({ epochs: 1, callbacks: [callbacks.checkpoint({ directory: path })], resume: path })),
    );
    expect([error.code, error.message]).toEqual(['CHECKPOINT', expect.stringContaining('model/layers.0.mean is missing')]);
    expect([...model.variables().values()].some(({ initialized }) => initialized)).toBe(false);
  });
});
