/** What a report finds out of test rows: the numbers of the metrics, whatever the kind of question. */

import { describe, expect, it } from 'vitest';
import { array, evaluate, type Model, metrics, type NDArray, nn } from '../../src/index.js';
import { assess } from '../../src/report/assess/outcomes.js';
import { drawn } from '../../src/report/assess/rank.js';
import { sortInParts } from '../../src/report/assess/sort.js';
import { weightsOf } from '../../src/report/assess/weights.js';
import { calibrationErrorOf } from '../../src/report/sections/calibration.js';
import { generator } from '../support/generator.js';

const random = generator(11);
const noise = (length: number, spread = 1) => Float32Array.from({ length }, () => spread * (random() - 0.5));

/** A model whose predictions are its inputs. */
const identity = (): Model => nn.sequential([nn.flatten()]);
const rows = (data: Float32Array, width: number): NDArray => array(data, { shape: [data.length / width, width] });

/** Sums in one order against sums in another, of so many rows. */
const close = (n: number) => -Math.log10(n * Number.EPSILON) - 1;

describe('assess', () => {
  it.each([3, 12])('finds what the metrics find of %d classes', async (classes) => {
    const n = 700;
    const x = rows(noise(n * classes, 6), classes);
    // One class never occurs, and scores are tied.
    const y = array(Int32Array.from({ length: n }, () => Math.floor(random() * (classes - 1))));
    const tied = array(
      Float32Array.from(x.data, (v) => Math.round(v)),
      { shape: x.shape },
    );
    const model = identity();
    const outcomes = await assess(model, { x: tied, y }, true);
    const found = await evaluate(
      model,
      { x: tied, y },
      {
        metrics: [
          metrics.confusionMatrix({ classes }),
          metrics.calibrationError(),
          metrics.rocAuc({ average: 'none' }),
          metrics.prAuc({ average: 'none' }),
        ],
      },
    );
    expect(outcomes).toMatchObject({ task: 'classes', classes, rows: n });
    expect(outcomes.confusion).toEqual(found.confusionMatrix);
    expect(calibrationErrorOf(outcomes.reliability!)).toBeCloseTo(found.calibrationError, close(n));
    expect(outcomes.curves!.map(({ index }) => index)).toEqual(Array.from({ length: classes - 1 }, (_, i) => i));
    const shown = new Set(drawn(outcomes.curves!));
    for (const curve of outcomes.curves!) {
      const { index, auc, averagePrecision, roc, precisionRecall } = curve;
      expect(auc).toBeCloseTo((found.rocAuc as number[])[index]!, close(n));
      expect(averagePrecision).toBeCloseTo((found.prAuc as number[])[index]!, close(n));
      if (!shown.has(curve)) {
        expect([roc, precisionRecall]).toEqual([[], []]);
        continue;
      }
      expect([roc[0], roc.at(-1)]).toEqual([
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ]);
    }
  });

  it.each([40, 70])('counts the same of every row where parts are collected, of %d classes', async (classes) => {
    // More numbers than come back at once, and a last part that is smaller.
    const n = Math.floor(2 ** 18 / classes) + 300;
    const x = rows(noise(n * classes, 6), classes);
    const y = array(Int32Array.from({ length: n }, () => Math.floor(random() * classes)));
    const outcomes = await assess(identity(), { x, y }, true);
    const found = await evaluate(
      identity(),
      { x, y },
      { metrics: [metrics.confusionMatrix({ classes }), metrics.rocAuc({ average: 'none' })] },
    );
    expect(outcomes.confusion).toEqual(found.confusionMatrix);
    expect(outcomes.curves!.map(({ auc }) => auc)).toEqual((found.rocAuc as number[]).map((auc) => expect.closeTo(auc, close(n))));
    await expect(
      assess(identity(), { x, y: array(y.data.map((label, i) => (i === n - 1 ? classes : label))) }, true),
    ).rejects.toMatchObject({
      code: 'DATA',
      row: n - 1,
    });
  });

  it.each([true, false])('of one score a row, with logits %s', async (logits) => {
    const n = 300;
    const scores = logits ? noise(n, 8) : Float32Array.from({ length: n }, random);
    const x = rows(scores, 1);
    const y = array(
      Float32Array.from(scores, (v) => Number(v + random() > (logits ? 0.5 : 1))),
      { shape: [n, 1] },
    );
    const outcomes = await assess(identity(), { x, y }, logits);
    const found = await evaluate(
      identity(),
      { x, y },
      { metrics: [metrics.rocAuc(), metrics.calibrationError({ logits }), metrics.binaryAccuracy({ logits })] },
    );
    expect(outcomes).toMatchObject({ task: 'binary', classes: 2 });
    const [[a, ,], [, d]] = outcomes.confusion as [[number, number], [number, number]];
    expect((a + d) / n).toBeCloseTo(found.binaryAccuracy, close(n));
    expect(outcomes.curves).toHaveLength(1);
    expect(outcomes.curves![0]).toMatchObject({ index: 1, positives: Array.from(y.data).filter((label) => label === 1).length });
    expect(outcomes.curves![0]!.auc).toBeCloseTo(found.rocAuc as number, close(n));
    expect(calibrationErrorOf(outcomes.reliability!)).toBeCloseTo(found.calibrationError, close(n));
  });

  it('of probabilities as targets, and of two classes', async () => {
    const x = rows(Float32Array.of(2, 1, 0, 3, 1, 0), 2);
    const y = rows(Float32Array.of(1, 0, 0, 1, 0.25, 0.75), 2);
    const outcomes = await assess(identity(), { x, y }, true);
    expect(outcomes).toMatchObject({
      task: 'classes',
      classes: 2,
      confusion: [
        [1, 0],
        [1, 1],
      ],
    });
    expect(outcomes.curves).toHaveLength(1);
  });

  it('of several labels, each yes or no', async () => {
    const n = 200;
    const x = rows(noise(n * 3, 4), 3);
    const y = rows(
      Float32Array.from(x.data, (v) => Number(v + random() > 0.4)),
      3,
    );
    const outcomes = await assess(identity(), { x, y }, true);
    expect(outcomes).toMatchObject({ task: 'labels', classes: 3 });
    expect(outcomes.confusion!.flat().reduce((sum, count) => sum + count)).toBe(3 * n);
    expect(outcomes.curves).toHaveLength(3);
    for (const { index, auc } of outcomes.curves!) {
      const column = (of: NDArray) =>
        array(
          Float32Array.from({ length: n }, (_, row) => of.data[row * 3 + index]!),
          { shape: [n, 1] },
        );
      const { rocAuc } = await evaluate(identity(), { x: column(x), y: column(y) }, { metrics: [metrics.rocAuc()] });
      expect(auc).toBeCloseTo(rocAuc as number, close(n));
    }
  });

  it('of numbers', async () => {
    const n = 2000;
    const x = rows(noise(n), 1);
    const y = rows(
      Float32Array.from(x.data, (v) => v + 0.5),
      1,
    );
    const outcomes = await assess(identity(), { x, y }, true);
    expect(outcomes).toMatchObject({ task: 'numbers', rows: n });
    expect(outcomes.scores!.mae).toBeCloseTo(0.5, 6);
    expect(outcomes.pairs!.of).toBe(n);
    expect(outcomes.pairs!.target.length).toBe(1500);
    expect(outcomes.confusion).toBeUndefined();
  });

  it('refuses targets that no prediction can be compared with', async () => {
    const x = rows(noise(6), 3);
    await expect(assess(identity(), { x, y: rows(noise(4), 2) }, true)).rejects.toMatchObject({
      code: 'SHAPE',
      message: /\[3\] a row and a target \[2\]/,
    });
    await expect(assess(identity(), { x, y: array([0, 3]) }, true)).rejects.toMatchObject({ code: 'DATA', row: 1 });
    await expect(assess(identity(), { x, y: array([0]) }, true)).rejects.toMatchObject({ code: 'DATA' });
  });
});

describe('sortInParts', () => {
  it.each([0, 1, 32_768, 32_769, 100_000])('sorts %d numbers as sort does', async (length) => {
    const values = Float64Array.from({ length }, () => Math.floor(1000 * random()));
    const expected = values.slice().sort();
    expect(await sortInParts(values)).toEqual(expected);
  });
});

describe('weightsOf', () => {
  it('has the statistics of every parameter', async () => {
    const model = nn.sequential([nn.dense(2)]);
    model.build([2]);
    model.load({
      'layers.0.weight': array([
        [1, 2],
        [3, -2],
      ]),
      'layers.0.bias': array([5, 5]),
    });
    model.parameters().get('layers.0.bias')!.trainable = false;
    const [weight, bias] = await weightsOf(model);
    expect(weight).toMatchObject({ path: 'layers.0.weight', shape: [2, 2], dtype: 'f32', elements: 4, trains: true });
    expect(weight!.statistics).toMatchObject({ norm: Math.sqrt(18), mean: 1, min: -2, max: 3 });
    expect(weight!.statistics.std).toBeCloseTo(Math.sqrt(14 / 4), 12);
    expect(weight!.statistics.histogram!.counts.reduce((sum, count) => sum + count)).toBe(4);
    expect(bias).toMatchObject({ trains: false, statistics: { mean: 5, std: 0, min: 5, max: 5 } });
  });

  it('keeps to the finite elements', async () => {
    const model = nn.sequential([nn.dense(1)]);
    model.build([2]);
    model.load({ 'layers.0.weight': array([[Number.NaN], [2]]), 'layers.0.bias': array([Number.POSITIVE_INFINITY]) });
    const [weight, bias] = await weightsOf(model);
    expect(weight!.statistics).toMatchObject({ norm: Number.NaN, mean: 2, min: 2, max: 2 });
    expect(bias!.statistics).toEqual({ norm: Number.NaN, mean: Number.NaN, std: Number.NaN, min: Number.NaN, max: Number.NaN });
  });
});
