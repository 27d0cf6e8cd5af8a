/** Metrics that need every row: the same whatever the batches, in fit, evaluate and a resumed run. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { array, callbacks, evaluate, fit, losses, type Metric, metrics, optim } from '../../src/index.js';
import { rejection, toyData, toyModel } from '../train/toy.js';

const data = toyData(50);
const all = () => [metrics.rocAuc(), metrics.accuracy(), metrics.prAuc({ average: 'none' })] as const;

describe('metrics that collect', () => {
  it('do not depend on the batches', async () => {
    const model = toyModel().build([4], { seed: 1 });
    const whole = await evaluate(model, data, { metrics: all(), batchSize: 50 });
    expect(whole.rocAuc).toBeGreaterThan(0);
    expect(whole.prAuc).toHaveLength(3);
    for (const batchSize of [1, 7, 49, 1000]) expect(await evaluate(model, data, { metrics: all(), batchSize })).toEqual(whole);
  });

  it('weigh their rows', async () => {
    const model = toyModel().build([4], { seed: 1 });
    const kept = Float32Array.from({ length: 50 }, (_, i) => Number(i < 30));
    const part = { x: data.x.slice(0, 30), y: (data.y as ReturnType<typeof array>).slice(0, 30) };
    const weighted = await evaluate(model, data, { metrics: all(), sampleWeights: kept, batchSize: 8 });
    expect(weighted).toEqual(await evaluate(model, part, { metrics: all(), batchSize: 8 }));
  });

  it('are measured in training, in validation and in every batch', async () => {
    const batches: unknown[] = [];
    const options = { loss: losses.crossEntropy(), optimizer: optim.sgd({ lr: 0 }), batchSize: 12, epochs: 2 };
    const model = toyModel().build([4], { seed: 1 });
    const history = await fit(model, data, {
      ...options,
      metrics: all(),
      validation: data,
      onBatch: ({ metrics: values }) => void batches.push(values.rocAuc),
    });
    const expected = await evaluate(model, data, { metrics: all() });
    expect(history.metrics.rocAuc).toEqual([expected.rocAuc, expected.rocAuc]);
    expect(history.validation!.prAuc).toEqual([expected.prAuc, expected.prAuc]);
    expect(batches).toHaveLength(10);
  });

  it('go on in a resumed run', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-collect-'));
    const run = (stop: number) =>
      fit(toyModel(), data, {
        loss: losses.crossEntropy(),
        optimizer: optim.adam(),
        metrics: all(),
        batchSize: 12,
        epochs: 3,
        resume: directory,
        callbacks: [
          callbacks.checkpoint({ directory }),
          {
            batchEnd({ step }, context) {
              context.checkpoint(join(directory, 'last.safetensors'));
              if (step === stop) context.stop('aborted');
            },
          },
        ],
      });
    await run(3);
    await run(8);
    const { metrics: resumed } = await run(-1);
    const whole = await fit(toyModel(), data, {
      loss: losses.crossEntropy(),
      optimizer: optim.adam(),
      metrics: all(),
      batchSize: 12,
      epochs: 3,
      onBatch() {},
    });
    expect(resumed).toEqual(whole.metrics);
  });

  it('must give rows', async () => {
    const broken: Metric = { name: 'broken', collects: true, update: (prediction) => [prediction.sum()], finalize: () => 0 };
    const error = await rejection(evaluate(toyModel(), data, { metrics: [broken] }));
    expect(error).toMatchObject({ code: 'SHAPE' });
    expect(error.message).toContain('the metric broken collects, but gave f32[] for 50 rows');
  });

  it('give NaN where nothing can be ranked', async () => {
    const y = array(new Int32Array(50));
    expect(await evaluate(toyModel(), { x: data.x, y }, { metrics: [metrics.rocAuc()] })).toEqual({ rocAuc: Number.NaN });
  });
});
