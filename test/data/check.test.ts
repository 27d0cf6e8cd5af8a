/** Scans are cut into parts; rows are counted through them. */

import { describe, expect, it } from 'vitest';
import { type Check, dataChecks, runChecks } from '../../src/data/check.js';
import { array, type TypedArray } from '../../src/index.js';
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

describe('between parts', () => {
  const bad = () => checks(new Float32Array(2 * ROWS), put(new Int32Array(ROWS), ROWS - 1, 9));

  it('the event loop turns', async () => {
    const order: string[] = [];
    const scan = rejection(runChecks(bad(), () => false)).then(() => order.push('scanned'));
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
