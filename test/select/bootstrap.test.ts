import { describe, expect, it } from 'vitest';
import { array, bootstrap, metrics, SlalomError, type Tensor } from '../../src/index.js';
import { generator } from '../support/generator.js';
import { rejection } from '../train/toy.js';

const random = generator(3);
const target = Int32Array.from({ length: 120 }, () => Math.floor(random() * 3));
const prediction = array(
  Float32Array.from({ length: 360 }, (_, i) => random() + Number(target[Math.floor(i / 3)] === i % 3) * 0.6),
  {
    shape: [120, 3],
  },
);

describe('bootstrap', () => {
  it('gives the value and an interval around it', async () => {
    const found = await bootstrap(metrics.accuracy(), prediction, target, { samples: 400 });
    const right = Array.from(target, (label, row) => {
      const scores = [...prediction.slice(row, row + 1).data];
      return scores.indexOf(Math.max(...scores)) === label;
    }).filter(Boolean).length;
    expect(found.value).toBe(right / 120);
    expect(found.values).toHaveLength(400);
    const deviation = Math.sqrt((found.value * (1 - found.value)) / 120);
    expect(found.standardError / deviation).toBeGreaterThan(0.85);
    expect(found.standardError / deviation).toBeLessThan(1.15);
    expect((found.high - found.low) / (2 * 1.96 * deviation)).toBeGreaterThan(0.85);
    expect((found.high - found.low) / (2 * 1.96 * deviation)).toBeLessThan(1.15);
    expect(found.values.every((value) => Number.isInteger(Math.round(value * 120 * 1e6) / 1e6))).toBe(true);
    expect(String(found)).toMatch(/^0\.\d{4} \[0\.\d{4}, 0\.\d{4}]$/);
  });

  it('depends on the seed alone', async () => {
    const run = (seed: number) => bootstrap(metrics.logLoss(), prediction, target, { samples: 50, seed });
    expect((await run(4)).values).toEqual((await run(4)).values);
    expect((await run(4)).values).not.toEqual((await run(5)).values);
  });

  it('takes metrics that keep every row, metrics of one’s own and weights', async () => {
    const auc = await bootstrap(metrics.rocAuc(), prediction, target, { samples: 30, method: 'bca' });
    expect(auc.low).toBeLessThan(auc.value);
    expect(auc.high).toBeGreaterThan(auc.value);
    const spread = (p: Tensor) => p.max(-1).sub(p.min(-1));
    expect((await bootstrap(spread, prediction, target, { samples: 20 })).values).toHaveLength(20);
    const sampleWeights = Float32Array.from(target, (label) => Number(label === 1));
    const one = await bootstrap(metrics.recall({ average: 'none', name: 'r' }), prediction, target, { samples: 2 }).catch((error) => error);
    expect(one.message).toContain('the metric r gives an array of 3, expected a number');
    const weighed = await bootstrap(metrics.accuracy(), prediction, target, { samples: 20, sampleWeights });
    const recalls = await bootstrap(metrics.recall({ average: 'micro' }), prediction, target, { samples: 2, sampleWeights });
    expect(weighed.value).toBeCloseTo(recalls.value, 12);
  });

  it('leaves out draws for which there is no value', async () => {
    const labels = Int32Array.of(0, 0, 0, 1);
    const found = await bootstrap(metrics.rocAuc(), [0.1, 0.4, 0.2, 0.9], labels, { samples: 60 });
    expect(found.value).toBe(1);
    expect(found.skipped).toBeGreaterThan(5);
    expect(found.values).toHaveLength(60 - found.skipped);
    expect([found.low, found.high]).toEqual([1, 1]);
  });

  it('BCa of a constant is the constant', async () => {
    const found = await bootstrap(
      metrics.accuracy(),
      array(
        new Float32Array(12).map((_, i) => Number(i % 3 === 0)),
        { shape: [4, 3] },
      ),
      new Int32Array(4),
      {
        samples: 20,
        method: 'bca',
      },
    );
    expect([found.value, found.low, found.high]).toEqual([1, 1, 1]);
  });
});

describe('bootstrap refuses', () => {
  it.each<[string, unknown[], string]>([
    ['no metric', [undefined, prediction, target], 'bootstrap: metric must be a metric: metrics.…() or a function'],
    ['rows that do not fit', [metrics.accuracy(), prediction, target.slice(1)], 'prediction has 120 rows and target has 119'],
    ['labels out of range', [metrics.accuracy(), prediction, new Int32Array(120).fill(5)], 'target holds the label 5 in row 0'],
    ['NaN', [metrics.mae(), new Float32Array(3).fill(Number.NaN), new Float32Array(3)], 'prediction holds NaN in row 0'],
    ['shapes that do not fit', [metrics.mae(), prediction, target], 'metrics.mae: the prediction is f32[120, 3] and the target i32[120]'],
    ['one sample', [metrics.accuracy(), prediction, target, { samples: 1 }], 'samples must be a whole number of 2 or more, found 1'],
    ['levels of 1', [metrics.accuracy(), prediction, target, { level: 1 }], 'level must be a number above 0 and below 1, found 1'],
    ['other methods', [metrics.accuracy(), prediction, target, { method: 'bcb' }], 'did you mean "bca"?'],
    ['unknown options', [metrics.accuracy(), prediction, target, { sample: 1 }], 'unknown option "sample"; did you mean "samples"?'],
    ['BCa of one row', [metrics.mae(), [1], [2], { method: 'bca' }], 'method "bca" needs two rows or more, found 1'],
    ['negative weights', [metrics.mae(), [1, 2], [2, 3], { sampleWeights: [1, -1] }], 'sampleWeights holds -1 in row 1'],
  ])('%s', async (_, args, message) => {
    const error = await rejection((bootstrap as (...all: unknown[]) => Promise<unknown>)(...args));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
    expect(error.stack).toContain('bootstrap.test.ts');
  });

  it('to go on when the signal fires', async () => {
    const run = bootstrap(metrics.accuracy(), prediction, target, { samples: 1e9, signal: AbortSignal.timeout(20) });
    expect((await rejection(run)).name).toBe('TimeoutError');
  });
});
