/** What users have: records, tables, text. Known by shape, without a dependency. */

import { describe, expect, it } from 'vitest';
import { type Dataset, dataset, type FieldChoice } from '../../src/index.js';
import { rejection } from '../train/toy.js';
import { all } from './support.js';

const failure = (data: Dataset) => rejection(all(data).then(() => undefined));
const columns: FieldChoice = { x: ['a', 'b'], y: 'c' };
const expected = [
  { x: [1, 2], y: 0 },
  { x: [3, 4], y: 1 },
];
const records = [
  { a: 1, b: 2, c: 0, d: 'not read' },
  { a: 3, b: 4, c: 1, d: null },
];

/** A table as Arrow's JavaScript library has it. */
function arrow(fields: Record<string, ArrayLike<unknown>>) {
  const names = Object.keys(fields);
  const vector = (values: ArrayLike<unknown>) => ({
    nullCount: Array.from(values).filter((value) => value === null).length,
    get: (row: number) => values[row],
    toArray: () => values,
  });
  return {
    numRows: fields[names[0]!]!.length,
    schema: { fields: names.map((name) => ({ name })) },
    getChild: (name: string) => (name in fields ? vector(fields[name]!) : null),
  };
}
const table = () => arrow({ a: Float32Array.of(1, 3), b: Int32Array.of(2, 4), c: Uint8Array.of(0, 1), d: ['p', 'q'] });

describe('named fields', () => {
  it.each<[string, () => unknown]>([
    ['records', () => records],
    ['a stream of records', () => () => records],
    ['chunks of records', () => () => [records.slice(0, 1), records.slice(1)]],
    ['an Arrow table', table],
    ['record batches', () => () => [table()]],
    ['an object of columns', () => ({ a: Float64Array.of(1, 3), b: [2, 4], c: Int32Array.of(0, 1) })],
  ])('of %s', async (_, open) => {
    expect(await all(dataset(open() as never, { columns }))).toEqual(expected);
  });

  it('by position, with weights, as single numbers', async () => {
    const rows = () => [[1, 2, 0.5]];
    expect(await all(dataset(rows, { columns: { x: 0, y: [1], weight: 2 } }))).toEqual([{ x: 1, y: [2], weight: 0.5 }]);
  });

  it('turn booleans into 0 and 1', async () => {
    expect(await all(dataset([{ a: true, b: false }], { columns: { x: ['a', 'b'] } }))).toEqual([{ x: [1, 0] }]);
  });

  it('of tables in memory can be chosen and shuffled', async () => {
    const [first] = dataset(table(), { columns }).shuffle().split(0.5);
    expect(await all(first)).toHaveLength(1);
  });

  it.each<[string, unknown, string]>([
    ['a missing field', [{ a: 1, c: 3 }], 'row 0: the field "b" is missing'],
    ['text', [records[0], { a: '1', b: 2, c: 3 }], 'row 1: the field "a" is "1", expected a number; turn text into numbers with map()'],
    ['null', [{ a: 1, b: null, c: 3 }], 'row 0: the field "b" is null, expected a number; leave such rows out with filter()'],
    ['64-bit numbers', [{ a: 1n, b: 2, c: 3 }], 'row 0: the field "a" is 1n, expected a number; convert it with Number(…) in map()'],
    ['no records', [1, 2], 'row 0 is 1, expected an object with named fields'],
    ['nulls of a table', arrow({ a: [1, null], b: [1, 2], c: [1, 2] }), 'row 1: the field "a" is null'],
  ])('name row and field: %s', async (_, given, message) => {
    expect(await failure(dataset(given as never, { columns }))).toMatchObject({ code: 'DATA', message: expect.stringContaining(message) });
  });

  it.each<[string, () => unknown, RegExp]>([
    ['columns that a table has not', () => dataset(table(), { columns: { x: 'aa' } }), /no column "aa"; did you mean "a"/],
    ['64-bit columns', () => dataset(arrow({ a: new BigInt64Array(1) }), { columns: { x: 'a' } }), /"a" holds 64-bit integers/],
    ['columns of several lengths', () => dataset({ a: [1], b: [1, 2] }, { columns }), /"b" has 2 rows, "a" has 1/],
    ['what is no column', () => dataset({ a: 3 }, { columns: { x: 'a' } }), /"a" is 3, expected an array/],
    ['a table without names', () => dataset(table() as never), /needs the option columns/],
    ['an empty table', () => dataset(arrow({ a: [] }), { columns: { x: 'a' } }), /the table is empty/],
    ['an empty array', () => dataset([]), /the array is empty/],
    ['wrong names', () => dataset(records, { columns: { x: [] } }), /columns must be names of fields/],
    ['batched names', () => dataset(records, { columns, batched: true }), /excludes batched/],
    ['other fields', () => dataset({ x: [1], label: [2] } as never), /unknown field "label"/],
    ['rows that differ', () => dataset({ x: [1], y: [1, 2] }), /x has 1 rows and y has 2/],
    ['weights that are a matrix', () => dataset({ x: [1], weights: [[1]] }), /weights has the shape \[1, 1\]/],
    ['an unknown option', () => dataset({ x: [1] }, { column: 1 } as never), /did you mean "columns"/],
  ])('refuse %s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it('rows of text, as a CSV parser gives them, are mapped', async () => {
    const parsed = () => [{ a: '1', b: '2', c: '0' }];
    const rows = dataset(parsed).map((row) => ({ x: [Number(row.a), Number(row.b)], y: Number(row.c) }));
    expect(await all(rows)).toEqual([{ x: [1, 2], y: 0 }]);
  });
});
