/** What `fit` looks at of streams and of chosen rows: batches that it reads anyway, which stay as they are. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { array, crossValidate, dataset, type FitOptions, fit, nn } from '../../src/index.js';
import { generator } from '../support/generator.js';
import { collectWarnings } from '../support/warnings.js';
import { dropModel, rejection, savesUntil, sevenSteps, timeless, toyData, toyRows, twoEpochs, weights } from './toy.js';

const data = toyData(100);
const rows = toyRows(data);
const constant = rows.map(({ y }) => ({ x: [7, 7, 7, 7], y }));
const huge = (from: number) => rows.map(({ x, y }, i) => ({ x: i >= from ? x.map((value) => value * 1e7) : x, y }));

const warnings = collectWarnings();
const codes = () => warnings.map(({ code }) => code);
const tame = (more: Partial<FitOptions> = {}) => twoEpochs({ clipNorm: 1e-3, ...more });

describe('fit of a stream', () => {
  it('warns of what its first batches hold', async () => {
    await fit(dropModel(), () => constant, twoEpochs());
    expect(warnings).toMatchObject([{ code: 'SLALOM_CONSTANT_INPUTS' }]);
    expect(warnings[0]!.message).toContain('fit: x: all 100 rows are the same');
    expect(warnings[0]!.message).toContain('Of the stream 100 rows were looked at.');
    await fit(dropModel(), () => huge(70), tame());
    await fit(dropModel(), () => rows, twoEpochs({ validation: { x: data.x, y: data.y } }));
    await fit(dropModel(), () => rows, twoEpochs({ validation: () => rows.slice(20, 60) }));
    await fit(
      dropModel(),
      dataset(rows).map((row) => row),
      twoEpochs({ validation: dataset(rows).take(30) }),
    );
    await fit(dropModel(), data, twoEpochs({ validation: () => rows }));
    expect(codes().slice(1)).toEqual(['SLALOM_HUGE_INPUTS', ...new Array(4).fill('SLALOM_LEAKAGE')]);
    expect(warnings[2]!.message).toContain('validation.x: 100 of 100 rows (100 %)');
  });

  it('finds validation rows among few training rows, and names both', async () => {
    const many = toyData(5000, 7);
    const few = toyRows(many).slice(300, 420);
    await fit(dropModel(), () => few, twoEpochs({ validation: many }));
    expect(warnings[0]!.message).toContain(
      'validation.x: 120 of the first 120 training rows (100 %) are rows of the validation data too, first row 0 as row 300',
    );
  });

  it('says nothing of what is fine, of the same data twice, or if told so', async () => {
    const open = () => rows;
    await fit(dropModel(), open, twoEpochs({ validation: open }));
    const given = dataset(rows).map((row) => row);
    await fit(dropModel(), given, twoEpochs({ validation: given }));
    await fit(dropModel(), () => rows, twoEpochs({ validation: toyData(50, 9) }));
    await fit(dropModel(), () => rows.map(({ x, y }) => ({ x: Uint8Array.from(x), y })), twoEpochs());
    await fit(dropModel(), () => huge(0), tame({ checkData: false }));
    await fit(nn.sequential([nn.standardize(), nn.dense(3)]), () => huge(0), tame());
    await fit(dropModel(), () => constant, twoEpochs({ checkData: false, validation: () => constant }));
    // Ten rows that are alike may be chance.
    await fit(dropModel(), () => constant.slice(0, 10), twoEpochs({ validation: () => rows.slice(0, 10) }));
    expect(warnings).toEqual([]);
  });

  it('does not take rows of few values for leaked ones', async () => {
    const random = generator(5);
    const bits = (count: number) =>
      Array.from({ length: count }, () => ({ x: [0, 0, 0, 0, 0, 0].map(() => Number(random() < 0.5)), y: Number(random() < 0.5) }));
    for (const batchSize of [8, 16, 32]) await fit(dropModel(), () => bits(1000), sevenSteps({ batchSize, validation: () => bits(300) }));
    expect(warnings).toEqual([]);
  });

  it('looks at the batches that fit together', async () => {
    const batches = () =>
      [
        [4, 16],
        [3, 16],
        [4, 16],
      ].map(([width, count]) => ({ x: Array.from({ length: count! }, () => new Array(width).fill(1)), y: new Int32Array(count!) }));
    const model = nn.sequential([(x) => x.mean([1], { keepDims: true }), nn.dense(3)]);
    await fit(model, dataset(batches, { batched: true }), sevenSteps({ batchSize: undefined } as Partial<FitOptions>));
    expect(warnings[0]!.message).toContain('all 32 rows are the same');
  });

  it('throws before the first step if asked, with model and optimizer as they were, and closes the source', async () => {
    let closed = 0;
    const open = async function* () {
      try {
        yield* constant;
      } finally {
        closed++;
      }
    };
    for (const model of [dropModel(), nn.sequential([nn.standardize(), nn.dense(3)])]) {
      const steps: number[] = [];
      const options = twoEpochs({ checkData: 'throw', onBatch: ({ step }) => steps.push(step) });
      const error = await rejection(fit(model, open, options));
      expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining('fit: x: all 32 rows are the same') });
      expect(error.stack).toContain('checkData-streams.test.ts');
      expect([model.built, options.optimizer.steps, steps]).toEqual([false, 0, []]);
      expect((await fit(model, () => rows, options)).steps).toBe(14);
    }
    expect(closed).toBe(3);
  });
});

describe('the batches of a stream', () => {
  const looks = ['warn', false] as const;

  it.each<[string, () => Parameters<typeof fit>[1], Partial<FitOptions>]>([
    ['of a factory', () => () => rows, {}],
    ['of a source that is read once', () => dataset(rows).prefetch(3), { epochs: 1 }],
    ['mixed', () => dataset(() => rows).shuffle({ buffer: 20, seed: 4 }), {}],
    ['of epochs that go on', () => () => rows, { stepsPerEpoch: 5 }],
    ['of an end before the first portion', () => () => rows.slice(0, 20), { stepsPerEpoch: 5 }],
    ['one ahead', () => () => rows, { prefetch: 1 }],
    ['step by step', () => () => rows, { onBatch: () => undefined }],
    ['for some steps', () => () => rows, { epochs: undefined, steps: 9 }],
  ])('are those without the check: %s', async (_, open, more) => {
    const results = [];
    for (const checkData of looks) {
      const model = dropModel();
      const history = await fit(model, open(), twoEpochs({ ...more, checkData, validation: () => rows.slice(0, 30) }));
      results.push({ weights: weights(model), history: timeless(history) });
    }
    expect(results[0]).toEqual(results[1]);
  });

  it('come once and in order, as far ahead as without it', async () => {
    for (const onBatch of [undefined, () => undefined]) {
      const read: number[][] = [];
      for (const checkData of looks) {
        const seen: number[] = [];
        const open = async function* (epoch: number) {
          for (const [i, row] of rows.entries()) {
            seen.push(1000 * epoch + i);
            yield row;
          }
        };
        await fit(dropModel(), open, twoEpochs({ checkData, prefetch: 2, ...(onBatch && { onBatch }) }));
        read.push(seen);
      }
      expect(read[0]).toEqual([0, 1000].flatMap((from) => rows.map((_, i) => from + i)));
      expect(read[0]).toEqual(read[1]);
    }
  });

  it('that wait for steps are not waited for', async () => {
    let go = () => {};
    let steps = 0;
    const open = async function* () {
      for (let i = 0; i < 6; i++) {
        // The third batch comes after the first step.
        while (i > steps + 1) {
          await new Promise<void>((resolve) => {
            go = resolve;
          });
        }
        yield rows.slice(16 * i, 16 * i + 16);
      }
    };
    const onBatch = ({ step }: { step: number }) => {
      steps = step;
      go();
    };
    expect((await fit(dropModel(), open, sevenSteps({ onBatch }))).steps).toBe(6);
  });

  it('may fail or end: their errors come where they did', async () => {
    for (const checkData of looks) {
      const broken = async function* () {
        yield* rows.slice(0, 40);
        throw new RangeError('the disk is full');
      };
      const seen: number[] = [];
      const onBatch = ({ step }: { step: number }) => seen.push(step);
      expect(await rejection(fit(dropModel(), broken, sevenSteps({ checkData, onBatch })))).toBeInstanceOf(RangeError);
      const spoilt = rows.map((row, i) => (i === 40 ? { ...row, x: [0, Number.NaN, 0, 0] } : row));
      expect(await rejection(fit(dropModel(), () => spoilt, sevenSteps({ checkData, onBatch })))).toMatchObject({ code: 'DATA', row: 40 });
      expect(
        await rejection(fit(dropModel(), () => rows.slice(0, 1).map(({ x }) => ({ x, y: Number.NaN })), sevenSteps({ checkData }))),
      ).toMatchObject({
        code: 'DATA',
        row: 0,
      });
      expect(await rejection(fit(dropModel(), () => [], sevenSteps({ checkData })))).toMatchObject({
        code: 'DATA',
        message: 'fit: the data gave no batch; expected one row or more',
      });
      expect(seen).toEqual([1, 2, 1, 2]);
    }
    expect((await fit(dropModel(), () => rows.slice(0, 1), sevenSteps())).steps).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('of a run that goes on in the middle of an epoch are the next ones', async () => {
    const run = async (directory: string | undefined, stop: number, checkData: 'warn' | false) => {
      const model = dropModel();
      const history = await fit(model, () => huge(60), {
        ...tame({ checkData, callbacks: [savesUntil(stop, directory)] }),
        ...(directory && { resume: directory }),
      });
      return { weights: weights(model), history: timeless(history) };
    };
    const whole = await run(undefined, -1, false);
    const directory = mkdtempSync(join(tmpdir(), 'slalom-check-'));
    for (const stop of [1, 4, 9]) await run(directory, stop, 'warn');
    // The first batches had nothing huge; those from the fifth step on have.
    expect(codes()).toEqual(['SLALOM_HUGE_INPUTS']);
    expect(await run(directory, -1, 'warn')).toEqual(whole);
    const before = warnings.length;
    expect((await run(directory, -1, 'warn')).weights).toEqual(whole.weights);
    expect(warnings).toHaveLength(before);
  });

  it('can be waited for no longer', async () => {
    const stuck = async function* () {
      yield* rows.slice(0, 20);
      await new Promise(() => undefined);
    };
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const history = await fit(dropModel(), stuck, sevenSteps({ signal: controller.signal }));
    expect(history).toMatchObject({ stopReason: 'aborted', steps: 0 });
  });
});

describe('chosen rows', () => {
  const table = { x: array(Float32Array.from({ length: 800 }, (_, i) => (i < 400 ? 7 : Math.sin(i * i)))), y: new Int32Array(800) };
  const shaped = { x: table.x.reshape([200, 4]), y: Int32Array.from({ length: 200 }, (_, i) => i % 3) };

  it('are those that are checked', async () => {
    await fit(dropModel(), dataset(shaped).take(90), twoEpochs());
    await fit(dropModel(), dataset(shaped).shuffle().batch(8), twoEpochs({ batchSize: undefined }));
    expect(codes()).toEqual(['SLALOM_CONSTANT_INPUTS']);
    expect(warnings[0]!.message).toContain('all 90 rows are the same');
    const error = await rejection(
      fit(
        dropModel(),
        dataset(shaped)
          .filter(({ y }) => y === 0)
          .take(20),
        twoEpochs({ checkData: 'throw' }),
      ),
    );
    expect(error).toMatchObject({ code: 'DATA' });
    await fit(dropModel(), dataset(shaped).skip(100), twoEpochs({ checkData: 'throw' }));
  });

  it('leak where they are in both parts, not where these are disjoint or the same', async () => {
    const all = dataset(data);
    const [left, right] = all.split(0.7);
    await fit(dropModel(), left, twoEpochs({ validation: right }));
    await fit(dropModel(), left.shuffle().batch(10), twoEpochs({ batchSize: undefined, validation: left }));
    await fit(dropModel(), all.repeat(2), twoEpochs({ validation: all }));
    await fit(dropModel(), left.balance(), twoEpochs({ validation: right }));
    expect(warnings).toEqual([]);
    await fit(dropModel(), all.take(80), twoEpochs({ validation: all.skip(60) }));
    await fit(dropModel(), all, twoEpochs({ validation: right }));
    await fit(dropModel(), left.repeat(3), twoEpochs({ validation: all }));
    expect(codes()).toEqual(['SLALOM_LEAKAGE', 'SLALOM_LEAKAGE', 'SLALOM_LEAKAGE']);
    expect(warnings[0]!.message).toContain('20 of 40 rows (50.0 %) are rows of the training data too, first row 60 as row 60');
    expect(warnings[2]!.message).not.toContain('repeat each other');
  });

  it('of folds are those of the fold', async () => {
    const twice = { x: array([...rows, ...rows].map(({ x }) => [...x])), y: Int32Array.from([...rows, ...rows], ({ y }) => y) };
    const fitOptions = () => sevenSteps();
    for (const given of [data, dataset(data)]) await crossValidate(dropModel, given, { folds: 3, fit: fitOptions });
    expect(warnings).toEqual([]);
    const [left, right] = dataset(twice).split(0.5);
    await fit(dropModel(), left!, twoEpochs({ validation: right! }));
    expect(codes()).toEqual(['SLALOM_LEAKAGE']);
  });
});
