/** Scans are cut into parts; rows are counted through them. */

import { describe, expect, it } from 'vitest';
import { type Check, checkFinite, dataChecks, type Features, runChecks } from '../../src/data/check.js';
import { array, type DType, type NDArray, type TypedArray } from '../../src/index.js';
import { rejection } from '../train/toy.js';

const ROWS = 2 ** 20 + 5;
const column = (name: string, values: TypedArray, width = 1) => ({
  name,
  values: array(values, { shape: width === 1 ? [values.length] : [values.length / width, width] }),
});
const put = <A extends TypedArray>(values: A, at: number, value: number): A => {
  values[at] = value;
  return values;
};
const checks = (x: TypedArray, y: TypedArray, weights?: TypedArray) =>
  dataChecks(
    'fit',
    { x: column('x', x, 2), y: column('y', y), weights: weights && column('sampleWeights', weights) },
    [{ classes: 3 }],
    'f32',
  );

describe('a fault in the last of several parts', () => {
  const last = ROWS - 1;
  const x = () => new Float32Array(2 * ROWS);
  const y = () => new Int32Array(ROWS);

  it.each<[string, () => Check[], string]>([
    ['NaN', () => checks(put(x(), 2 * last + 1, Number.NaN), y()), `x holds NaN in row ${last}, column 1`],
    ['a label', () => checks(x(), put(y(), last, 3)), `y holds the label 3 in row ${last}`],
    ['a weight', () => checks(x(), y(), put(new Float32Array(ROWS), last, -1)), `sampleWeights holds -1 in row ${last}`],
    ['too wide', () => checks(put(new Float64Array(2 * ROWS), 2 * last, 1e39), y()), `x holds 1e+39 in row ${last}, column 0`],
  ])('is found in its row: %s', async (_, make, message) => {
    expect((await rejection(runChecks(make(), () => false))).message).toContain(message);
  });
});

describe('NaN where numbers may be missing', () => {
  const find = (x: TypedArray, missing: Features) =>
    rejection(
      runChecks(
        dataChecks('fit', { x: column('x', x, 2), y: column('y', new Int32Array(x.length / 2)), weights: undefined }, [], 'f64', missing),
        () => false,
      ).then(() => {
        throw new Error('nothing');
      }),
    );
  const holes = (Kind: typeof Float32Array | typeof Float64Array) => {
    const x = new Kind(2 * ROWS);
    for (let i = 1; i < x.length; i += 2) x[i] = i % 3 === 0 ? Number.NaN : i;
    return x;
  };

  it.each([Float32Array, Float64Array])('is no fault, but infinities and other columns are: %o', async (Kind) => {
    const last = 2 * (ROWS - 1);
    expect((await find(holes(Kind), [1])).message).toBe('nothing');
    expect((await find(holes(Kind), 'all')).message).toBe('nothing');
    expect((await find(holes(Kind), [0])).message).toContain('x holds NaN in row 1, column 1');
    expect((await find(holes(Kind), [])).message).toContain('x holds NaN in row 1, column 1');
    expect((await find(put(holes(Kind), last, Number.NaN), [1])).message).toContain(`x holds NaN in row ${ROWS - 1}, column 0`);
    expect((await find(put(holes(Kind), last + 1, -Infinity), [1])).message).toContain(`x holds -Infinity in row ${ROWS - 1}, column 1`);
    expect((await find(put(holes(Kind), last + 1, Infinity), 'all')).message).toContain(`x holds Infinity in row ${ROWS - 1}, column 1`);
  });
});

describe('between parts', () => {
  const bad = () => checks(new Float32Array(2 * ROWS), put(new Int32Array(ROWS), ROWS - 1, 9));

  function* slow(): Generator<void> {
    for (let part = 0; part < 4; part++) {
      for (const begun = performance.now(); performance.now() - begun < 1; );
      yield;
    }
  }

  it('the event loop turns when they have lasted', async () => {
    const order: string[] = [];
    const scan = runChecks([slow()], () => false).then(() => order.push('scanned'));
    setImmediate(() => order.push('turned'));
    await scan;
    expect(order).toEqual(['turned', 'scanned']);
  });

  it('a scan that nobody wants any more ends', async () => {
    let asked = 0;
    await runChecks(bad(), () => ++asked === 2);
    expect(asked).toBe(2);
  });
});

describe('an array that cannot change', () => {
  const parts = (values: NDArray, dtype: DType = 'f32', missing: Features = []) => {
    const finite = checkFinite('fit', { name: 'x', values }, dtype, missing);
    return [...finite].length + 1;
  };
  const large = () => array(new Float64Array(2 * ROWS), { shape: [ROWS, 2] });

  it('is scanned once for each dtype of the model', () => {
    const values = large();
    const whole = parts(values);
    expect(whole).toBeGreaterThan(1);
    expect(parts(values)).toBe(1);
    expect(parts(values, 'f64')).toBe(whole);
    expect(parts(values, 'f64')).toBe(1);
    expect(parts(values.slice(0, ROWS))).toBe(whole);
  });

  it('is scanned again where it was scanned for less, or not to the end', () => {
    const values = large();
    const whole = parts(values, 'f32', 'all');
    expect(parts(values)).toBe(whole);
    const other = large();
    for (const _ of checkFinite('fit', { name: 'x', values: other }, 'f32')) break;
    expect(parts(other)).toBe(whole);
  });

  it('is refused every time', async () => {
    const values = array(put(new Float32Array(2 * ROWS), 1, Number.NaN), { shape: [ROWS, 2] });
    for (let i = 0; i < 2; i++) {
      const scan = runChecks([checkFinite('fit', { name: 'x', values }, 'f32')], () => false);
      expect((await rejection(scan)).message).toContain('x holds NaN in row 0, column 1');
    }
  });
});
