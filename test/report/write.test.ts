/** writeReport: a whole file or none, of a real run, and errors that say what was wrong. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { array, callbacks, fit, losses, metrics, nn, optim, schedules, writeReport } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from '../train/toy.js';
import { bare, overfitted } from './histories.js';
import { all, parse, textOf } from './wellFormed.js';

const folder = mkdtempSync(join(tmpdir(), 'slalom-report-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const ids = (html: string) => all(parse(html), 'section').map(({ attributes }) => attributes.get('id'));

const options = () => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: schedules.cosine({ lr: 0.05, steps: 40 }) }),
  metrics: [metrics.accuracy()],
  epochs: 8,
  seed: 3,
});

describe('writeReport', () => {
  it('writes the page of a run, its model and test rows', async () => {
    const [model, test] = [toyModel(), toyData(90, 2)];
    const history = await fit(model, toyData(160), { ...options(), validationSplit: 0.2 });
    const before = weights(model);
    await writeReport(history, path('whole.html'), { title: 'Toy', model, test, classes: ['left', 'middle', 'right'] });
    const html = readFileSync(path('whole.html'), 'utf8');
    expect(ids(html)).toEqual(['curves', 'confusion', 'calibration', 'ranking', 'layers', 'run', 'epochs']);
    const text = textOf(parse(html));
    for (const word of ['Toy', 'middle', 'layers.0.weight', 'All 8 epochs were trained.', process.versions.node, 'by a schedule']) {
      expect(text).toContain(word);
    }
    expect(weights(model)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('shows a regression', async () => {
    const model = nn.sequential([nn.dense(1)]);
    const x = array([[0], [1], [2], [3]]);
    const y = array([[1], [3], [5], [7]]);
    const history = await fit(model, { x, y }, { loss: losses.mse(), optimizer: optim.sgd({ lr: 0.01 }) });
    await writeReport(history, path('numbers.html'), { model, test: { x, y } });
    expect(ids(readFileSync(path('numbers.html'), 'utf8'))).toEqual(['curves', 'predictions', 'layers', 'run', 'epochs']);
  });

  it('keeps the event loop free while it reads many rows', async () => {
    const model = toyModel();
    model.build([4]);
    const test = toyData(200_000);
    let turns = 0;
    let next = setImmediate(function again() {
      turns++;
      next = setImmediate(again);
    });
    await writeReport(bare([1]), path('many.html'), { model, test });
    clearImmediate(next);
    // Three classes of 200,000 scores, sorted in parts of 32,768.
    expect(turns).toBeGreaterThan((3 * 200_000) / 2 ** 15);
  });

  it('leaves the old file where a new one cannot be made', async () => {
    writeFileSync(path('old.html'), 'old');
    const model = toyModel();
    model.build([4]);
    const { x } = toyData(5);
    const error = await rejection(writeReport(bare([1]), path('old.html'), { model, test: { x, y: array([0, 1, 2, 3, 9]) } }));
    expect(error).toMatchObject({ code: 'DATA' });
    expect(error.stack).toContain('write.test.ts');
    expect(readFileSync(path('old.html'), 'utf8')).toBe('old');
    expect(await rejection(writeReport(bare([1]), join(folder, 'missing', 'a.html')))).toMatchObject({ code: 'ENOENT' });
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it.each([
    ['test without a model', { test: toyData(3) }, /test needs a model/],
    ['a model that is none', { model: {} }, /model must be a model, found an object/],
    ['test rows that are none', { model: toyModel(), test: 3 }, /test must be an object \{ x, y \}/],
    ['an unknown option', { models: 1 }, /unknown option "models".*model/],
    [
      'names for other classes',
      { model: toyModel().build([4]), test: toyData(30), classes: ['a', 'b'] },
      /a name for each of the 3 classes, found 2/,
    ],
    ['a model without shapes', { model: toyModel() }, /has no shape yet/],
  ])('refuses %s', async (_, given, message) => {
    expect((await rejection(writeReport(overfitted(3), path('refused.html'), given as never))).message).toMatch(message);
    expect(readdirSync(folder)).not.toContain('refused.html');
  });

  it('refuses a path that is none and a run that is not awaited', async () => {
    expect((await rejection(writeReport(bare([1]), 3 as never))).message).toMatch(/path must be a string, found 3/);
    const run = fit(toyModel(), toyData(20), options());
    expect((await rejection(writeReport(run as never, path('refused.html')))).message).toMatch(/await the run first/);
    await run;
  });

  it('refuses a model that a run trains', async () => {
    const model = toyModel();
    const run = fit(model, toyData(200), { ...options(), epochs: 50, onEpoch: () => new Promise((done) => setTimeout(done, 1)) });
    const error = await new Promise<Error & { code?: string }>((resolve) => {
      setTimeout(async () => resolve(await rejection(writeReport(bare([1]), path('refused.html'), { model }))), 10);
    });
    expect(error.code).toBe('MODEL_BUSY');
    run.abort();
    await run;
  });
});

describe('a history', () => {
  it('says what the options and the machine were', async () => {
    const history = await fit(toyModel(), toyData(50), {
      ...options(),
      optimizer: optim.sgd({ lr: 0.1 }),
      epochs: 4,
      batchSize: 20,
      validation: toyData(10),
      clipNorm: 1,
      callbacks: [callbacks.earlyStopping({ patience: 9 })],
    });
    expect(history.options).toEqual({
      data: 'columns',
      rows: 50,
      validationRows: 10,
      batchSize: 20,
      seed: 3,
      shuffle: true,
      dropLast: false,
      optimizer: 'sgd',
      lr: 0.1,
      clipNorm: 1,
      clipValue: null,
      metrics: ['accuracy'],
      epochs: 4,
      stepsPerEpoch: 3,
    });
    expect(history.environment).toMatchObject({ node: process.versions.node, platform: `${process.platform} ${process.arch}` });
    expect(Number.isNaN(Date.parse(history.environment.date))).toBe(false);
    expect(JSON.parse(JSON.stringify(history))).toEqual(history);
  });

  it('says whose weights the model has, if they are not the last', async () => {
    const watched = (monitor: string, mode: 'min' | 'max') => callbacks.earlyStopping({ monitor, mode, patience: 3, restoreBest: true });
    // The loss falls: by the greatest loss the first epoch is the best.
    const first = await fit(toyModel(), toyData(100), { ...options(), callbacks: [watched('loss', 'max')] });
    expect(first).toMatchObject({ restoredEpoch: 1, epochs: 4, stopReason: 'earlyStopping' });
    const last = await fit(toyModel(), toyData(100), { ...options(), epochs: 2, callbacks: [watched('loss', 'min')] });
    expect('restoredEpoch' in last).toBe(false);
  });
});
