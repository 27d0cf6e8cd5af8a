/** `checkData` of datasets and streams: the rows that are looked at, how many, and none more. */

import { describe, expect, it } from 'vitest';
import { array, checkData, DataError, dataset, nn, OptionError, ShapeError } from '../../src/index.js';
import { generator } from '../support/generator.js';
import { rejection } from './toy.js';

const ROWS = 400;

/** Noise; column 1 is constant in the rows from 100 on. */
function makeData() {
  const random = generator(3);
  const x = Float32Array.from({ length: ROWS * 3 }, (_, i) => (i % 3 === 1 && i >= 300 ? 0.5 : 2 * random() - 1));
  return { x: array(x, { shape: [ROWS, 3] }), y: Int32Array.from({ length: ROWS }, (_, i) => i % 4) };
}

const data = makeData();
const rows = Array.from({ length: ROWS }, (_, i) => ({ x: data.x.slice(i, i + 1).data as Float32Array, y: i % 4 }));
const late = [{ kind: 'constantColumns', columns: [1] }];
const once = async function* () {
  yield* rows;
};

/** A factory, what it was opened for, how many rows were read and how often it was closed. */
function watched(source: Iterable<unknown> = rows) {
  const seen = { epochs: [] as number[], read: 0, closed: 0 };
  const open = async function* (epoch: number) {
    seen.epochs.push(epoch);
    try {
      for (const row of source) {
        seen.read++;
        yield row;
      }
    } finally {
      seen.closed++;
    }
  };
  return { open, seen };
}

describe('rows in memory', () => {
  it.each([
    ['columns', dataset(data)],
    ['rows', dataset(rows)],
    ['mapped columns', dataset(data).map((row) => row)],
    ['mixed batches', dataset(data).shuffle().batch(16)],
    [
      'batches of mapped rows',
      dataset(rows)
        .map((row) => row)
        .batch(16, { dropLast: true }),
    ],
    ['padded batches', dataset(rows).paddedBatch(16, { length: 3 })],
  ])('are all looked at: %s', async (_, given) => {
    const report = await checkData(given);
    expect(report.findings).toEqual([]);
    expect([report.rows.training, report.of.training]).toEqual([ROWS, ROWS]);
    expect(`${report}`).toBe('400 training rows: 0 findings');
    expect((await checkData(data, { validation: given })).findings).toMatchObject([{ kind: 'leakage', severe: true }]);
  });

  it('are looked at where they were chosen', async () => {
    for (const given of [dataset(data), dataset(rows), dataset(data).map((row) => row)]) {
      const report = await checkData(given.skip(100));
      expect(report.findings).toMatchObject(late);
      expect(report.rows.training).toBe(300);
      expect((await checkData(given.take(90))).findings).toEqual([]);
    }
    const folds = dataset(data).split([0.5, 0.5]);
    const report = await checkData(folds[0]!, { validation: folds[1]! });
    expect(report.findings).toEqual([]);
    expect(report.rows).toEqual({ training: 200, validation: 200 });
  });

  it('are evenly spread if not all are wanted', async () => {
    for (const given of [dataset(data), dataset(rows).batch(7)]) {
      const report = await checkData(given, { rows: 100 });
      expect(report).toMatchObject({ findings: [], rows: { training: 100 }, of: { training: 400 } });
      expect(`${report}`).toBe('100 of 400 training rows: 0 findings');
    }
  });

  it('are named by their numbers, found by value', async () => {
    const [training, validation] = [dataset(data).take(300), dataset(data).skip(260)];
    for (const [a, b] of [
      [training, validation],
      [training.map((row) => row), validation.map((row) => row)],
    ] as const) {
      const { findings } = await checkData(a, { validation: b });
      const leak = findings.find(({ kind }) => kind === 'leakage')!;
      expect(leak).toMatchObject({ severe: true, data: 'validation.x' });
      expect(leak.rows![0]).toEqual({ row: 260, in: 260 });
      expect(leak.found).toContain('40 of 140 rows (28.6 %) are rows of the training data too, first row 260 as row 260');
    }
    const spoilt = dataset(rows).map((row, { index }) => (index === 7 ? { ...row, x: [0, Number.NaN, 0] } : row));
    expect(await rejection(checkData(spoilt.skip(0)))).toMatchObject({ code: 'DATA', row: 7, column: 1 });
  });

  it('that are drawn several times count for the classes, not as repeated ones', async () => {
    const rare = { x: data.x, y: Int32Array.from({ length: ROWS }, (_, i) => Number(i % 40 === 0)) };
    expect((await checkData(dataset(rare))).findings).toMatchObject([{ kind: 'imbalance' }]);
    for (const balanced of [
      dataset(rare).balance(),
      dataset(rare)
        .balance()
        .map((row) => row),
    ]) {
      const { findings } = await checkData(balanced, { validation: rare });
      expect(findings).toMatchObject([{ kind: 'leakage', severe: true }]);
      expect(findings[0]!.found).not.toContain('repeat each other');
      expect((await checkData(balanced)).of.training).toBe(ROWS);
    }
  });

  it('are not held without end', async () => {
    const many = Array.from({ length: 10_050 }, (_, i) => rows[i % ROWS]!);
    expect(await checkData(dataset(many))).toMatchObject({ rows: { training: 5025 }, of: { training: 10_050 } });
    let asked = 0;
    const wide = dataset(Array.from({ length: 40 }, (_, i) => i)).map((i) => {
      asked++;
      return { x: new Float32Array(2 ** 20).fill(i), y: i % 2 };
    });
    expect((await checkData(wide)).rows.training).toBe(14);
    expect(asked).toBe(15);
  });
});

describe('streams', () => {
  it('are read no further than asked, and closed', async () => {
    const { open, seen } = watched();
    const report = await checkData(open, { rows: 150 });
    expect(report.rows.training).toBe(150);
    expect(report.of.training).toBeUndefined();
    expect(`${report}`).toBe('the first 150 training rows: 0 findings');
    expect(seen).toEqual({ epochs: [0], read: 150, closed: 1 });
  });

  it('are read by 10,000 rows if nobody says', async () => {
    const { open, seen } = watched({
      *[Symbol.iterator]() {
        for (let i = 0; ; i++) yield rows[i % ROWS]!;
      },
    });
    expect((await checkData(open)).rows.training).toBe(10_000);
    expect(seen).toEqual({ epochs: [0], read: 10_000, closed: 1 });
  });

  it('may end early', async () => {
    const { open, seen } = watched(rows.slice(100));
    const report = await checkData(open, { rows: 5000, validation: () => rows.slice(0, 40) });
    expect(report.findings).toMatchObject(late);
    expect(report).toMatchObject({ rows: { training: 300, validation: 40 }, of: { training: 300, validation: 40 } });
    expect(seen).toEqual({ epochs: [0], read: 300, closed: 1 });
  });

  it('may have batches, of several dtypes too', async () => {
    const batches = () => [
      { x: data.x.slice(0, 50), y: data.y.slice(0, 50) },
      { x: array(Float64Array.from(data.x.slice(50, 80).data), { shape: [30, 3] }), y: Uint8Array.from(data.y.slice(50, 80)) },
    ];
    const given = dataset(batches, { batched: true });
    const { findings } = await checkData(given, { validation: data });
    expect(findings[0]!.rows!.slice(0, 2)).toEqual([
      { row: 0, in: 0 },
      { row: 1, in: 1 },
    ]);
    expect((await checkData(given)).of.training).toBe(80);
    expect(await checkData(given, { rows: 60 })).toMatchObject({ rows: { training: 60 }, of: { training: undefined } });
    expect((await checkData(dataset(data).shuffle().batch(16).mixup({ alpha: 0.2, classes: 4 }))).rows.training).toBe(ROWS);
  });

  it('leak where rows come in both', async () => {
    const { findings } = await checkData(() => rows, { validation: () => rows.slice(50), rows: 100 });
    expect(findings).toMatchObject([{ kind: 'leakage', severe: true }]);
    expect(findings[0]!.found).toContain('50 of the first 100 rows (50.0 %) are rows of the training data too, first row 0 as row 50');
    // Most training rows of this stream are validation rows, though few of these have been met.
    const few = await checkData(() => rows, { validation: { x: data.x, y: data.y }, rows: 30 });
    expect(few.findings[0]).toMatchObject({ kind: 'leakage' });
    const other = await checkData(() => rows.slice(0, 200), { validation: () => rows.slice(200) });
    expect(other.findings).toEqual([]);
  });

  it('do not leak where rows of few values are alike by chance', async () => {
    const random = generator(5);
    const bits = (count: number) =>
      Array.from({ length: count }, () => ({ x: [0, 0, 0, 0, 0].map(() => Number(random() < 0.5)), y: Number(random() < 0.5) }));
    const { findings } = await checkData(() => bits(500), { validation: () => bits(500), rows: 64 });
    expect(findings).toMatchObject([{ kind: 'leakage', severe: false }]);
  });

  it('give numbers that the model may miss', async () => {
    const holes = () => rows.map(({ x, y }, i) => ({ x: i % 3 ? x : Float32Array.from([Number.NaN, x[1]!, x[2]!]), y }));
    const model = nn.sequential([nn.impute(), nn.dense(4)]);
    expect((await checkData(holes, { model })).findings).toEqual([]);
    expect(await rejection(checkData(holes))).toMatchObject({ code: 'DATA', row: 0, column: 0 });
  });
});

describe('refusals', () => {
  it('of what can be read only once, before it is read', async () => {
    for (const call of [checkData(once()), checkData(data, { validation: once() }), checkData(dataset(once()).map((row) => row))]) {
      const error = await rejection(call);
      expect(error).toBeInstanceOf(OptionError);
      expect(error.message).toMatch(/^checkData: (data|validation) can be read only once, .*pass a factory/);
    }
    const stream = once();
    await rejection(checkData(stream));
    expect((await stream.next()).done).toBe(false);
  });

  it('of nothing', async () => {
    for (const given of [() => [], dataset(rows).take(0), dataset(data).filter(() => false), dataset(() => rows).filter(() => false)]) {
      const error = await rejection(checkData(given));
      expect(error).toBeInstanceOf(DataError);
      expect(error.message).toMatch(/^checkData: .*(gave no batch|has no rows)/);
      expect(await rejection(checkData(data, { validation: given }))).toBeInstanceOf(DataError);
    }
  });

  it('of rows that are none, or have no y', async () => {
    expect(await rejection(checkData(() => [1, 2]))).toBeInstanceOf(DataError);
    expect(await rejection(checkData((() => 3) as never))).toBeInstanceOf(OptionError);
    for (const given of [dataset({ x: data.x }), dataset(rows).map(({ x }) => ({ x }))]) {
      expect(await rejection(checkData(given))).toMatchObject({ code: 'DATA', message: expect.stringContaining('have no y') });
    }
    expect(await rejection(checkData(data, { validation: 3 as never }))).toBeInstanceOf(OptionError);
  });

  it('of rows of several shapes', async () => {
    const sequences = () => [...rows.slice(0, 40), ...rows.slice(0, 40).map(({ x, y }) => ({ x: x.slice(0, 2), y }))];
    const error = await rejection(checkData(dataset(sequences()).paddedBatch(16)));
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toContain('rows of x have shape [2] in one batch and [3] in the first');
    expect((await checkData(dataset(sequences()).paddedBatch(16, { length: 3 }))).rows.training).toBe(80);
    expect(await rejection(checkData(() => rows, { validation: () => sequences().slice(40) }))).toBeInstanceOf(ShapeError);
  });

  it('passes errors of the source on, and closes what is open', async () => {
    const broken = watched({
      *[Symbol.iterator]() {
        yield* rows.slice(0, 50);
        throw new RangeError('the disk is full');
      },
    });
    expect(await rejection(checkData(broken.open))).toMatchObject({ name: 'RangeError', message: 'the disk is full' });
    expect(broken.seen.closed).toBe(1);
    const wrong = watched([...rows.slice(0, 50), 'no row']);
    expect(await rejection(checkData(wrong.open))).toMatchObject({ code: 'DATA', message: expect.stringContaining('row 50') });
    expect(wrong.seen.closed).toBe(1);
  });
});
