/** Models that prepare their data, over datasets and streams. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { array, callbacks, dataset, evaluate, type FitOptions, fit, losses, metrics, nn, optim, predict } from '../../src/index.js';
import { NAN, preparing, recordsFrom } from './records.js';
import { rejection, toyRows, weights } from './toy.js';

const ROWS = 100;

function records(seed = 1) {
  const { x, y } = recordsFrom(1000, ROWS, seed);
  return { x: array(x, { dtype: 'f32' }), y: array(y) };
}

const data = records();
const { x, y } = data;
const rows = toyRows(data);
type Row = (typeof rows)[number];

const make = () => nn.sequential([preparing(), nn.dense(8, { activation: 'tanh' }), nn.dropout(0.2), nn.dense(2)]);
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.02 }),
  epochs: 3,
  batchSize: 16,
  seed: 4,
  ...more,
});
const scores = { loss: losses.crossEntropy(), metrics: [metrics.accuracy()] } as const;
const fitted = (model: ReturnType<typeof make>) => [...model.variables().values()].filter(({ initialized }) => initialized).length;
type Given = Parameters<typeof fit>[1];

async function train(given: Given, more: Partial<FitOptions> = {}) {
  const model = make();
  const history = await fit(model, given, options(more));
  return { loss: history.loss, validation: history.validation, weights: weights(model) };
}

const batched = () =>
  dataset(
    function* () {
      for (let at = 0; at < ROWS; at += 16) yield { x: x.slice(at, at + 16), y: y.slice(at, at + 16) };
    },
    { batched: true },
  );

describe('statistics', () => {
  const quiet = { validation: { x: x.slice(0, 30), y: y.slice(0, 30) }, checkData: false } as const;

  it.each<[string, () => Given]>([
    ['rows in memory', () => dataset(data)],
    ['chosen rows in memory', () => dataset({ x: rows.map((row) => [...row.x]), y }).take(ROWS)],
  ])('and training over %s have the bits of columns', async (_, open) => {
    expect(await train(open(), { ...quiet, shuffle: false })).toEqual(await train(data, { ...quiet, shuffle: false }));
  });

  it.each<[string, () => Given, Partial<FitOptions>]>([
    ['an array of rows', () => dataset(rows), { shuffle: false }],
    ['mapped rows', () => dataset(data).map((row) => row), { shuffle: false }],
    ['batches', batched, { batchSize: undefined }],
  ])('and training over %s have the bits of a factory', async (_, open, more) => {
    expect(await train(open(), { ...quiet, ...more })).toEqual(await train(() => rows, quiet));
  });

  it('over a stream are those of columns, but for the rounding of a sum in other parts', async () => {
    const [streamed, columns] = [make(), make()];
    await fit(streamed, () => rows, options());
    await columns.adapt(x);
    for (const [path, cell] of columns.variables()) {
      if (!cell.initialized) continue;
      const [found, expected] = [streamed.variables().get(path)!.value.data, cell.value.data];
      for (const [i, value] of expected.entries()) {
        expect(Math.abs(Number(found[i]) - Number(value))).toBeLessThanOrEqual(ROWS * Number.EPSILON * Math.abs(Number(value)));
      }
    }
  });

  it('are those of rows that an epoch may read', async () => {
    const mean = async (given: Given) => {
      const model = make();
      await fit(model, given, options({ checkData: false }));
      return model.state()['layers.0.groups.0.apply.mean']!.item();
    };
    const part = { x: x.slice(20, 60), y: y.slice(20, 60) };
    const expected = await mean(part);
    expect(expected).not.toBe(await mean(data));
    expect(await mean(dataset(data).skip(20).take(40))).toBe(expected);
    expect(await mean(() => rows.slice(20, 60))).toBe(expected);
  });

  it('need as many passes as layers stand one behind the other, and always the first epoch', async () => {
    const opened: number[] = [];
    const open = (epoch: number) => {
      opened.push(epoch);
      return rows;
    };
    await fit(make(), open, options({ epochs: 2 }));
    // The first batch, imputed and scaled, then two epochs.
    expect(opened).toEqual([0, 0, 0, 1]);
  });

  it('keep the digits of f64 rows', async () => {
    const wide = rows.map((row) => ({ ...row, x: Float64Array.from(row.x, (value, column) => (column === 0 ? value + 1e9 : value)) }));
    const columns = array(
      wide.map((row) => [...row.x]),
      { dtype: 'f64' },
    );
    for (const given of [() => wide, dataset(wide), dataset({ x: columns, y })]) {
      const model = make();
      await fit(model, given, options({ checkData: false }));
      const mean = Number(model.state()['layers.0.groups.0.apply.mean']!.data[0]);
      const expected = wide.reduce((sum, row) => sum + (row.x[0]! - 1e9) / ROWS, 0);
      expect(Math.abs(mean - 1e9 - expected)).toBeLessThan(ROWS * Number.EPSILON * 1e9);
    }
  });

  it('are evaluated and predicted with over streams too', async () => {
    const model = make();
    await fit(model, () => rows, options());
    const held = records(2);
    expect(await evaluate(model, () => toyRows(held), scores)).toEqual(await evaluate(model, held, scores));
    const expected = (await predict(model, held.x)).toArray();
    expect((await predict(model, () => toyRows(held))).toArray()).toEqual(expected);
    expect((await predict(model, dataset(toyRows(held)).batch(7))).toArray()).toEqual(expected);
  });

  it('are evaluated and predicted with over streams while a stream is trained on', async () => {
    const model = make();
    const seen: unknown[] = [];
    const onEpoch = async () => {
      seen.push(await evaluate(model, () => rows, scores), await evaluate(model, data, scores));
      seen.push((await predict(model, () => rows)).toArray(), (await predict(model, x)).toArray());
    };
    await fit(model, () => rows, options({ publish: 'epoch', validation: () => rows.slice(0, 20), onEpoch }));
    expect(seen).toHaveLength(12);
    for (let i = 0; i < seen.length; i += 2) expect(seen[i]).toEqual(seen[i + 1]);
  });

  it('are those of the call, whoever trains the model meanwhile', async () => {
    const model = make();
    await fit(model, () => rows, options());
    const expected = { scores: await evaluate(model, data, scores), rows: (await predict(model, x)).toArray() };
    let go: () => void = () => undefined;
    const busy = new Promise<void>((resolve) => {
      go = resolve;
    });
    const slow = async function* () {
      yield* rows.slice(0, 50);
      await busy;
      yield* rows.slice(50);
    };
    const [scored, predicted] = [evaluate(model, slow, { ...scores, batchSize: 16 }), predict(model, slow, { batchSize: 16 })];
    await new Promise(setImmediate);
    await fit(model, () => rows, options({ onBatch: ({ step }) => step === 5 && go() }));
    expect((await predicted).toArray()).toEqual(expected.rows);
    expect((await scored).accuracy).toBe(expected.scores.accuracy);
  });

  it('that are there already let a stream be read once', async () => {
    const [once, columns] = [make(), make()];
    const stream = async function* () {
      yield* rows;
    };
    for (const model of [once, columns]) await model.adapt(x);
    await fit(once, stream(), options({ epochs: 1 }));
    await fit(columns, data, options({ epochs: 1, shuffle: false }));
    expect(weights(once)).toEqual(weights(columns));
  });
});

describe('a stream that is read once', () => {
  it('is refused, closed, and the model left as it was', async () => {
    let closed = 0;
    const stream = async function* () {
      try {
        yield* rows;
      } finally {
        closed++;
      }
    };
    const model = make();
    const error = await rejection(fit(model, stream(), options({ epochs: 1 })));
    expect(error).toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('can be read only once; pass a factory, () => source, or fit the layers before'),
    });
    expect([closed, fitted(model)]).toEqual([1, 0]);
    await fit(model, () => rows, options({ epochs: 1 }));
  });
});

describe('an abort while statistics are fitted', () => {
  it.each([0, 1, 2])('is not held up by a source that stops answering in pass %i', async (silent) => {
    let opened = 0;
    let closed = 0;
    const open = async function* () {
      const pass = opened++;
      try {
        yield* rows.slice(0, 40);
        if (pass === silent) {
          run.abort();
          await new Promise(() => undefined);
        }
        yield* rows.slice(40);
      } finally {
        closed++;
      }
    };
    const model = make();
    const run = fit(model, () => open(), options({ batchSize: 50, epochs: 1 }));
    expect(await run).toMatchObject({ stopReason: 'aborted', steps: 0 });
    expect(fitted(model)).toBe(0);
    // One of the sources still waits.
    await expect.poll(() => closed).toBe(opened - 1);
    await fit(model, () => rows, options({ epochs: 1 }));
  });

  it('ends the pass and closes its source', async () => {
    let closed = 0;
    const open = async function* (epoch: number) {
      try {
        for (const [i, row] of rows.entries()) {
          if (i === 60) run.abort();
          yield row;
          expect(epoch).toBe(0);
        }
      } finally {
        closed++;
      }
    };
    const model = make();
    const run = fit(model, open, options());
    expect(await run).toMatchObject({ stopReason: 'aborted', steps: 0 });
    expect(fitted(model)).toBe(0);
    await expect.poll(() => closed).toBe(2);
  });
});

describe('a run in parts', () => {
  it.each<[string, () => Given]>([
    ['rows in memory', () => dataset(data).take(90)],
    ['a factory', () => () => rows],
    ['a shuffled stream', () => dataset(() => rows).shuffle({ buffer: 20, seed: 5 })],
  ])('over %s ends with the same bits', async (_, open) => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-preprocess-'));
    const whole = await train(open());
    for (const stop of [2, 6, 10, 16]) {
      await train(open(), {
        resume: directory,
        callbacks: [
          callbacks.checkpoint({ directory, everySteps: 1 }),
          { batchEnd: ({ step }, run) => step === stop && run.stop('aborted') },
        ],
      });
    }
    expect(await train(open(), { resume: directory, callbacks: [callbacks.checkpoint({ directory, everySteps: 1 })] })).toEqual(whole);
  });

  it('does not fit the statistics again', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'slalom-preprocess-'));
    const opened: number[] = [];
    const open = (epoch: number) => {
      opened.push(epoch);
      return rows;
    };
    const run = (stop: number) =>
      train(open, {
        resume: directory,
        callbacks: [
          callbacks.checkpoint({ directory, everySteps: 1 }),
          { batchEnd: ({ step }, run) => step === stop && run.stop('aborted') },
        ],
      });
    await run(9);
    opened.length = 0;
    await run(-1);
    expect(opened).toEqual([1, 2]);
  });
});

describe('rows that are refused', () => {
  const changed = (row: number, column: number, value: number): Row[] =>
    rows.map((one, i) => (i === row ? { ...one, x: one.x.map((was, j) => (j === column ? value : was)) } : one));

  it.each([
    ['NaN where nothing fills it', 0, NAN],
    ['NaN in a category', 1, NAN],
    ['an infinity, also where NaN is filled', 2, Number.POSITIVE_INFINITY],
  ])('%s', async (_, column, value) => {
    const bad = changed(70, column, value);
    const says = expect.stringContaining(`x holds ${value} in row 70, column ${column}; expected finite`);
    const table = { x: bad.map((row) => [...row.x]), y };
    for (const given of [() => bad, dataset(table), dataset(bad).map((row) => row)]) {
      const model = make();
      expect(await rejection(fit(model, given, options()))).toMatchObject({ code: 'DATA', message: says });
      expect(fitted(model)).toBe(0);
    }
    // Of a model that is fitted, as the rows come.
    const model = make();
    await fit(model, () => rows, options({ epochs: 1 }));
    expect(await rejection(fit(model, () => bad, options()))).toMatchObject({ code: 'DATA', message: says });
    expect(await rejection(evaluate(model, () => bad, scores))).toMatchObject({ code: 'DATA', message: says });
    expect(await rejection(fit(model, () => rows, options({ validation: () => bad })))).toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(`x holds ${value} in row 70, column ${column}`),
    });
  });

  it('an unknown category, in what is trained and in what is held out', async () => {
    const bad = changed(70, 1, 7);
    const model = make();
    await fit(model, () => rows, options({ epochs: 1 }));
    const table = { x: bad.map((row) => [...row.x]), y };
    for (const given of [() => bad, dataset(table), dataset(table).skip(10)]) {
      for (const run of [
        () => fit(model, given, options()),
        () => fit(model, () => rows, options({ validation: given })),
        () => evaluate(model, given, scores),
      ]) {
        const error = await rejection(run());
        expect(error).toMatchObject({
          code: 'DATA',
          message: expect.stringMatching(/row 70, column 1 of (validation\.)?x holds 7, which/),
        });
      }
    }
  });

  it('an unknown category in what is predicted, by its row in the stream', async () => {
    const model = make();
    await fit(model, () => rows, options({ epochs: 1 }));
    const message = expect.stringContaining('predict: row 60, column 1 of x holds 7, which');
    expect(await rejection(predict(model, () => changed(70, 1, 7).slice(10)))).toMatchObject({ code: 'DATA', message });
  });

  it('but not for what stands in rows that no epoch reads', async () => {
    for (const bad of [changed(70, 1, 7), changed(70, 0, NAN)]) {
      const left = dataset({ x: bad.map((row) => [...row.x]), y }).take(70);
      const model = make();
      await fit(model, dataset(data).take(70), options());
      expect(await train(left, { validation: left, checkData: false })).toEqual(
        await train(dataset(data).take(70), { validation: dataset(data).take(70), checkData: false }),
      );
      expect(await evaluate(model, left, scores)).toEqual(await evaluate(model, dataset(data).take(70), scores));
    }
  });
});
