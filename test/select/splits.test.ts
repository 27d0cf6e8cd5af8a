import { describe, expect, it } from 'vitest';
import { array, groupKFold, kFold, SlalomError, type Split, stratifiedKFold, timeSeriesSplit } from '../../src/index.js';

const sorted = (rows: Iterable<number>) => [...rows].sort((a, b) => a - b);
const all = (rows: number) => Array.from({ length: rows }, (_, i) => i);

function expectPartition(splits: readonly Split[], rows: number) {
  expect(sorted(splits.flatMap(({ test }) => [...test]))).toEqual(all(rows));
  for (const { train, test } of splits) expect(sorted([...train, ...test])).toEqual(all(rows));
}

describe('shuffled folds', () => {
  it('are a partition that depends on the seed alone', () => {
    const make = (seed: number) => kFold(101, { folds: 4, shuffle: true, seed });
    expectPartition(make(3), 101);
    expect(make(3)).toEqual(make(3));
    expect(make(3)).not.toEqual(make(4));
    expect(make(3)[0]!.test).not.toEqual(kFold(101, { folds: 4 })[0]!.test);
  });

  it('keep the shares of the classes', () => {
    const labels = all(90).map((row) => (row < 60 ? 'often' : row < 84 ? 'sometimes' : 'seldom'));
    const splits = stratifiedKFold(labels, { folds: 3, shuffle: true, seed: 2 });
    expectPartition(splits, 90);
    for (const { test } of splits) {
      const count = (label: string) => [...test].filter((row) => labels[row] === label).length;
      expect([count('often'), count('sometimes'), count('seldom')]).toEqual([20, 8, 2]);
    }
    expect(stratifiedKFold(labels, { folds: 3, shuffle: true, seed: 3 })).not.toEqual(splits);
  });
});

it('groups stay together', () => {
  const groups = all(200).map((row) => (row * 7919) % 23);
  const splits = groupKFold(groups);
  expectPartition(splits, 200);
  for (const { train, test } of splits)
    expect([...test].some((row) => [...train].some((other) => groups[other] === groups[row]))).toBe(false);
});

it('keys may be arrays of any kind', () => {
  const labels = [1, 0, 1, 1, 0, 0];
  const expected = stratifiedKFold(labels, { folds: 3 });
  for (const same of [
    Int32Array.from(labels),
    Float64Array.from(labels),
    array(labels),
    array(labels, { shape: [6, 1] }),
    labels.map(String),
  ]) {
    expect(stratifiedKFold(same, { folds: 3 })).toEqual(expected);
  }
});

it('tests of time series lie after what is trained on', () => {
  for (const { train, test } of timeSeriesSplit(50, { gap: 3 })) expect(test[0]! - train.at(-1)!).toBe(4);
});

describe('refused', () => {
  it.each<[string, () => unknown, string]>([
    ['one fold', () => kFold(10, { folds: 1 }), 'kFold: folds must be a whole number of 2 or more, found 1'],
    ['more folds than rows', () => kFold(3), 'kFold: 5 folds need as many rows or more, found 3'],
    ['broken rows', () => kFold(2.5), 'kFold: rows must be a whole number'],
    ['negative rows', () => kFold(-3), 'kFold: rows must be a whole number'],
    ['unknown options', () => kFold(10, { fold: 3 } as never), 'unknown option "fold"; did you mean "folds"?'],
    ['rare classes only', () => stratifiedKFold([0, 1, 2, 0]), 'stratifiedKFold: 5 folds need as many rows or more'],
    [
      'no class with enough rows',
      () => stratifiedKFold([0, 1, 2, 0, 1, 2]),
      'need a class of as many rows or more; the most frequent has 2',
    ],
    ['labels that are NaN', () => stratifiedKFold([0, Number.NaN]), 'labels must hold finite numbers or strings, found NaN in row 1'],
    ['labels of scores', () => stratifiedKFold(array([[1, 0]])), 'labels must hold one number a row, found shape [1, 2]'],
    ['labels that are none', () => stratifiedKFold(3 as never), 'labels must be an array of one number or string a row, found 3'],
    ['64-bit labels', () => stratifiedKFold(new BigInt64Array(4) as never), 'convert it to numbers first'],
    ['holes', () => groupKFold(Array(3) as never), 'groups must hold finite numbers or strings, found undefined in row 0'],
    ['few groups', () => groupKFold([1, 1, 2, 2]), 'groupKFold: 5 folds need as many groups or more, found 2'],
    ['shuffled groups', () => groupKFold([1, 2], { shuffle: true } as never), 'unknown option "shuffle"'],
    ['a short series', () => timeSeriesSplit(5), 'timeSeriesSplit: 5 folds need as many rows beside the first or more, found 4'],
    ['a gap over everything', () => timeSeriesSplit(12, { gap: 5 }), 'and a gap of 5 leave nothing of 12 rows to train on'],
    ['tests over everything', () => timeSeriesSplit(12, { folds: 2, testRows: 6 }), 'leave nothing of 12 rows'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(SlalomError);
    expect(call).toThrow(message);
  });
});
