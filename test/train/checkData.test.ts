/** What is wrong with data is found before the first step, with numbers, and what is fine is not. */

import { describe, expect, it } from 'vitest';
import {
  array,
  checkData,
  DataError,
  type DataFindingKind,
  dataset,
  fit,
  losses,
  nn,
  OptionError,
  optim,
  ShapeError,
} from '../../src/index.js';
import { columnStatistics } from '../../src/train/dataCheck/statistics.js';
import { generator } from '../support/generator.js';
import { collectWarnings } from '../support/warnings.js';
import { rejection, toyData, weights } from './toy.js';

const ROWS = 400;

/** Rows of noise around 0, by column what `columns` says. */
function noise(rows: number, width: number, columns: Record<number, (random: () => number) => number> = {}, seed = 1) {
  const random = generator(seed);
  const data = Float32Array.from({ length: rows * width }, (_, i) => columns[i % width]?.(random) ?? 2 * random() - 1);
  return array(data, { shape: [rows, width] });
}

const labels = (rows: number, of: (row: number) => number) => array(Int32Array.from({ length: rows }, (_, i) => of(i)));
const balanced = labels(ROWS, (i) => i % 4);
const clean = { x: noise(ROWS, 5), y: balanced };
const kinds = (report: { findings: readonly { kind: DataFindingKind }[] }) => report.findings.map(({ kind }) => kind);

describe('statistics of columns', () => {
  it('are those of the numbers, in parts and by steps', async () => {
    const rows = 15000; // at step 1 more than one part
    const values = noise(rows, 300, { 2: () => 7, 3: (random) => 1e6 + random() });
    for (const step of [1, 7]) {
      const found = await columnStatistics(values, step);
      for (const column of [0, 2, 3, 299]) {
        const numbers = Array.from({ length: Math.ceil(rows / step) }, (_, i) => values.data[i * step * 300 + column]!);
        const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
        const deviation = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length);
        expect(found.rows).toBe(numbers.length);
        expect(found.mean(column)).toBeCloseTo(mean, 8);
        expect(found.deviation(column)).toBeCloseTo(deviation, 8);
        expect([found.least(column), found.greatest(column)]).toEqual([Math.min(...numbers), Math.max(...numbers)]);
      }
    }
  });
});

describe('checkData', () => {
  it('finds nothing in clean data', async () => {
    const report = await checkData(clean, { validation: { x: noise(100, 5, {}, 2), y: labels(100, (i) => i % 4) } });
    expect(report.findings).toEqual([]);
    expect(`${report}`).toBe('400 training rows, 100 validation rows: 0 findings');
  });

  it('names constant columns, and inputs that are all one', async () => {
    const report = await checkData({ x: noise(ROWS, 5, { 1: () => 3, 4: () => 0 }), y: balanced });
    expect(report.findings).toMatchObject([{ kind: 'constantColumns', severe: false, data: 'x', columns: [1, 4] }]);
    const one = await checkData({ x: array(new Float32Array(ROWS * 2).fill(0.5), { shape: [ROWS, 2] }), y: balanced });
    expect(one.findings).toMatchObject([{ kind: 'constantInputs', severe: true }]);
    expect((await checkData({ x: [[1, 2]], y: [1] })).findings).toEqual([]);
  });

  it('names columns that are not scaled, with their size', async () => {
    const x = noise(ROWS, 6, { 0: (random) => 255 * random(), 3: (random) => 2000 + 20 * random(), 5: (random) => 1e-3 * random() });
    const report = await checkData({ x, y: balanced });
    expect(report.findings).toMatchObject([
      { kind: 'unscaledColumns', columns: [0, 3] },
      { kind: 'unscaledColumns', columns: [5] },
      { kind: 'differentScales', columns: [5, 0] },
    ]);
    expect(report.findings[0]!.found).toMatch(/root mean square 1\d\d to 2010/);
    const huge = await checkData({ x: noise(ROWS, 3, { 2: (random) => 1e9 * random() }), y: balanced });
    expect(huge.findings[0]).toMatchObject({ kind: 'hugeInputs', severe: true, columns: [2] });
    const ids = await checkData({
      x: array(
        Int32Array.from({ length: ROWS }, (_, i) => 5e6 + i),
        { shape: [ROWS, 1] },
      ),
      y: balanced,
    });
    expect(kinds(ids)).not.toContain('hugeInputs');
  });

  it('lets numbers be missing where the layers of the model fill them', async () => {
    const holes = (x: ReturnType<typeof noise>, ...columns: number[]) =>
      array(
        x.data.map((value, i) => (columns.includes(i % 5) && i % 3 === 0 ? Number.NaN : value)),
        { shape: x.shape },
      );
    const model = nn.sequential([nn.standardize(), nn.impute(), nn.dense(4)]);
    const x = holes(noise(ROWS, 5, { 1: (random) => 1e7 * random(), 2: () => 5, 3: () => 5 }), 1, 2);
    const validation = { x: holes(noise(50, 5, {}, 2), 0), y: labels(50, (i) => i % 4) };
    // What the model scales itself is no finding; a column is not constant where some of it is missing.
    expect((await checkData({ x, y: balanced }, { model, validation })).findings).toMatchObject([
      { kind: 'constantColumns', columns: [3] },
    ]);
    const only = holes(noise(ROWS, 5, { 0: () => 1, 1: () => 1, 2: () => 1, 3: () => 1, 4: () => 1 }), 4);
    expect(kinds(await checkData({ x: only, y: balanced }, { model }))).toEqual(['constantColumns']);
    const second = nn.sequential([nn.columns([{ columns: [2], apply: nn.impute() }, { columns: [0, 1, 3, 4] }]), nn.dense(4)]);
    expect(await rejection(checkData({ x, y: balanced }, { model: second }))).toMatchObject({ code: 'DATA', column: 1 });
    expect(await rejection(checkData({ x, y: balanced }, { model: nn.sequential([nn.dense(4)]) }))).toBeInstanceOf(DataError);
    expect(await rejection(checkData({ x: [[Number.POSITIVE_INFINITY]], y: [0] }, { model }))).toBeInstanceOf(DataError);
    expect(await rejection(checkData({ x, y: balanced }, { model: {} as never }))).toMatchObject({ code: 'OPTION' });
    expect(model.built).toBe(false);
  });

  it('and fit does not take rows for one that differ in what is missing', async () => {
    const x = array(
      Float32Array.from({ length: 40 }, (_, i) => (i % 4 < 2 ? 1 : Number.NaN)),
      { shape: [40, 1] },
    );
    const model = nn.sequential([nn.impute({ indicator: true }), nn.dense(2)]);
    const y = labels(40, (i) => Number(i % 4 < 2));
    const run = fit(model, { x, y }, { loss: losses.crossEntropy(), optimizer: optim.sgd(), checkData: 'throw' });
    expect((await run).epochs).toBe(1);
  });

  it('takes one-hot columns for what they are', async () => {
    const rare = noise(ROWS, 4, { 1: (random) => (random() < 0.01 ? 1 : 0), 2: (random) => (random() < 0.5 ? 1 : 0) });
    expect(kinds(await checkData({ x: rare, y: balanced }))).toEqual([]);
  });

  it('counts classes: rare, absent, only one, new ones in the validation data', async () => {
    const counts = async (of: (row: number) => number, options = {}) =>
      (await checkData({ ...clean, y: labels(ROWS, of) }, options)).findings;
    expect(await counts((i) => (i % 20 === 0 ? 1 : 0))).toMatchObject([{ kind: 'imbalance', classes: [1] }]);
    expect((await counts((i) => (i % 20 === 0 ? 1 : 0)))[0]!.found).toContain('class 0 has 380 rows (95.0 %), class 1 20');
    expect(await counts((i) => (i % 2) * 2)).toMatchObject([{ kind: 'absentClasses', classes: [1] }]);
    expect(await counts((i) => i % 2, { classes: 4 })).toMatchObject([{ kind: 'absentClasses', classes: [2, 3] }]);
    expect(await counts(() => 2)).toMatchObject([{ kind: 'singleClass', classes: [2] }]);
    const validation = { x: noise(50, 5, {}, 2), y: labels(50, (i) => (i === 7 ? 6 : i % 4)) };
    expect((await checkData(clean, { validation })).findings).toMatchObject([
      { kind: 'unseenClasses', data: 'validation.y', classes: [6] },
    ]);
  });

  it('counts the classes of rows of probabilities, and of f32 labels if told', async () => {
    const hot = array(
      Float32Array.from({ length: ROWS * 2 }, (_, i) => (i % 2 === (i % 60 < 2 ? 1 : 0) ? 1 : 0)),
      { shape: [ROWS, 2] },
    );
    expect((await checkData({ ...clean, y: hot })).findings).toMatchObject([{ kind: 'imbalance', classes: [1] }]);
    const floats = array(Float32Array.from({ length: ROWS }, (_, i) => (i % 40 === 0 ? 1 : 0)));
    expect(kinds(await checkData({ ...clean, y: floats }, { classes: 2 }))).toEqual(['imbalance']);
    expect(kinds(await checkData({ ...clean, y: floats }))).toEqual([]);
  });

  it('looks at targets that are numbers', async () => {
    const prices = array(
      Float32Array.from({ length: ROWS }, (_, i) => 1e5 + 100 * i),
      { shape: [ROWS, 1] },
    );
    expect((await checkData({ ...clean, y: prices })).findings).toMatchObject([{ kind: 'unscaledTargets', data: 'y', columns: [0] }]);
    const one = array(new Float32Array(ROWS).fill(2), { shape: [ROWS, 1] });
    expect(kinds(await checkData({ ...clean, y: one }))).toEqual(['constantTargets']);
    expect(kinds(await checkData({ ...clean, y: array(Int32Array.from({ length: ROWS }, (_, i) => 3 * i)) }))).toEqual(['unscaledTargets']);
  });

  it('finds validation rows in the training data, not rows that are alike by chance', async () => {
    const fresh = noise(50, 5, {}, 2);
    const mixed = Float32Array.from(fresh.data);
    mixed.set(clean.x.data.subarray(5 * 17, 5 * 18), 5 * 3);
    for (let row = 10; row < 20; row++) mixed.set(clean.x.data.subarray(5 * row, 5 * (row + 1)), 5 * row);
    const y = labels(50, (i) => i % 4);
    const { findings } = await checkData(clean, { validation: { x: array(mixed, { shape: [50, 5] }), y } });
    expect(findings).toMatchObject([{ kind: 'leakage', severe: true, data: 'validation.x' }]);
    expect(findings[0]!.rows!.slice(0, 2)).toEqual([
      { row: 3, in: 17 },
      { row: 10, in: 10 },
    ]);
    expect(findings[0]!.found).toContain('11 of 50 rows (22.0 %)');

    const bits = (rows: number, seed: number) =>
      noise(rows, 3, { 0: (r) => (r() < 0.5 ? 1 : 0), 1: (r) => (r() < 0.5 ? 1 : 0), 2: (r) => (r() < 0.5 ? 1 : 0) }, seed);
    const discrete = await checkData({ x: bits(ROWS, 1), y: balanced }, { validation: { x: bits(50, 2), y } });
    expect(discrete.findings).toMatchObject([{ kind: 'leakage', severe: false }]);
  });

  it('compares rows of different dtypes by value', async () => {
    const bytes = Uint8Array.from({ length: ROWS * 3 }, (_, i) => (i * 7919) % 251);
    const x = array(bytes, { shape: [ROWS, 3] });
    const floats = array(Float32Array.from(bytes.subarray(0, 30)), { shape: [10, 3] });
    const report = await checkData({ x, y: balanced }, { validation: { x: floats, y: labels(10, (i) => i % 4) } });
    expect(report.findings[0]).toMatchObject({ kind: 'leakage', severe: true });
  });

  it('looks at as many rows as it may', async () => {
    const report = await checkData(clean, { validation: { x: clean.x, y: clean.y }, rows: 100 });
    expect(report.rows).toEqual({ training: 100, validation: 100 });
    expect(report.findings[0]!.found).toContain('100 of 100 rows, so about 100 %');
  });

  it('prints findings, severe ones first', async () => {
    const x = noise(ROWS, 3, { 0: () => 1 });
    const text = `${await checkData({ x, y: balanced }, { validation: { x, y: balanced } })}`;
    expect(text.match(/^[!-] /gm)).toEqual(['! ', '- ']);
  });

  it('refuses what is no data', async () => {
    expect(await rejection(checkData({ x: clean.x } as never))).toBeInstanceOf(DataError);
    expect(await rejection(checkData(undefined as never))).toBeInstanceOf(DataError);
    expect(await rejection(checkData({ x: [[1], [2]], y: [1] }))).toBeInstanceOf(DataError);
    expect(await rejection(checkData(clean, { validations: clean } as never))).toBeInstanceOf(OptionError);
    expect(await rejection(checkData(clean, { rows: 0 }))).toBeInstanceOf(OptionError);
    expect(await rejection(checkData(clean, { validation: { x: noise(5, 4), y: labels(5, () => 0) } }))).toBeInstanceOf(ShapeError);
    const spoilt = noise(ROWS, 5, { 3: () => Number.NaN });
    expect(await rejection(checkData({ ...clean, x: spoilt }))).toMatchObject({ code: 'DATA', row: 0, column: 3 });
  });
});

describe('fit', () => {
  const warnings = collectWarnings();

  const options = () => ({ loss: losses.crossEntropy(), optimizer: optim.adam(), epochs: 1, seed: 1 });
  const model = () => nn.sequential([nn.dense(4)]);
  const leaky = { x: noise(ROWS, 5), y: clean.y };

  it('says nothing of clean data, of constant columns, of rare classes', async () => {
    await fit(model(), clean, { ...options(), validationSplit: 0.2 });
    await fit(model(), clean, { ...options(), validation: clean });
    await fit(model(), { x: noise(ROWS, 5, { 0: () => 0 }), y: labels(ROWS, (i) => (i === 0 ? 1 : 0)) }, options());
    expect(warnings).toEqual([]);
  });

  it('warns of each severe finding once, with a code', async () => {
    await fit(model(), clean, { ...options(), epochs: 3, validation: leaky });
    await fit(model(), { ...clean, x: noise(ROWS, 5, { 1: (random) => 1e7 * random() }) }, options());
    await fit(model(), { ...clean, x: array(new Float32Array(ROWS * 2), { shape: [ROWS, 2] }) }, options());
    expect(warnings.map(({ code }) => code)).toEqual(['SLALOM_LEAKAGE', 'SLALOM_HUGE_INPUTS', 'SLALOM_CONSTANT_INPUTS']);
    expect(warnings[0]!.message).toContain('fit: validation.x: 400 of 400 rows (100 %)');
  });

  it('throws if asked, and leaves model and optimizer as they were', async () => {
    const [one, { optimizer }] = [model(), options()];
    const error = await rejection(fit(one, clean, { ...options(), optimizer, validation: leaky, checkData: 'throw' }));
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ code: 'DATA', row: 0 });
    expect([one.built, optimizer.steps]).toEqual([false, 0]);
    await fit(one, clean, { ...options(), optimizer, checkData: 'throw' });
    expect(one.built).toBe(true);
  });

  it('does not look if told so, and trains to the same bits either way', async () => {
    const results: number[][] = [];
    for (const checkData of ['warn', false] as const) {
      const one = model();
      await fit(one, clean, { ...options(), validation: leaky, checkData });
      results.push(weights(one));
    }
    expect(results[0]).toEqual(results[1]);
    expect(warnings).toHaveLength(1);
    const wrong = await rejection(fit(model(), clean, { ...options(), checkData: true as never }));
    expect(wrong.message).toContain('checkData must be one of "warn", "throw", or false');
  });

  it('looks at all rows of a dataset in memory', async () => {
    const constant = { x: array(new Float32Array(100).fill(7), { shape: [50, 2] }), y: labels(50, (i) => i % 2) };
    await fit(model(), dataset(constant), options());
    await fit(model(), dataset(constant).shuffle(), options());
    await fit(model(), dataset(clean), { ...options(), validation: dataset(leaky) });
    expect(warnings.map(({ code }) => code)).toEqual(['SLALOM_CONSTANT_INPUTS', 'SLALOM_CONSTANT_INPUTS', 'SLALOM_LEAKAGE']);
    const error = await rejection(fit(model(), dataset(constant), { ...options(), checkData: 'throw' }));
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining('fit: ') });
  });

  it('can be aborted while it looks', async () => {
    const controller = new AbortController();
    controller.abort();
    const history = await fit(model(), toyData(50), { ...options(), signal: controller.signal });
    expect(history.stopReason).toBe('aborted');
  });
});
