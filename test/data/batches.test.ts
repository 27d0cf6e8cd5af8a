/** Rows become batches of arrays; what is no row is named. */

import { describe, expect, it } from 'vitest';
import { array, type Batch, type Dataset, dataset, type NDArray } from '../../src/index.js';
import { rejection } from '../train/toy.js';
import { all, range } from './support.js';

const nested = (values: NDArray | undefined) => values?.toArray();
const plain = (batches: readonly Batch[]) =>
  batches.map((batch) => Object.fromEntries(Object.entries(batch).map(([name, values]) => [name, nested(values as NDArray)])));
const batchesOf = async (data: Dataset<Batch>, epoch = 0) => plain(await all(data, epoch));
const failure = (rows: readonly unknown[], size = 10) => rejection(all(dataset(() => rows as never[]).batch(size)).then(() => undefined));

describe('batch', () => {
  const rows = range(5).map((i) => ({ x: [i, 10 * i], y: i }));

  it('stacks rows of every kind alike', async () => {
    const expected = [
      {
        x: [
          [0, 0],
          [1, 10],
        ],
        y: [0, 1],
      },
      {
        x: [
          [2, 20],
          [3, 30],
        ],
        y: [2, 3],
      },
      { x: [[4, 40]], y: [4] },
    ];
    const columns = { x: rows.map(({ x }) => x), y: rows.map(({ y }) => y) };
    expect(await batchesOf(dataset(() => rows).batch(2))).toEqual(expected);
    expect(await batchesOf(dataset(rows).batch(2))).toEqual(expected);
    expect(await batchesOf(dataset(columns).batch(2))).toEqual(expected);
    expect(
      await batchesOf(
        dataset(columns)
          .map((row) => row)
          .batch(2),
      ),
    ).toEqual(expected);
    expect(await batchesOf(dataset(() => rows.map(({ x, y }) => ({ x: Float32Array.from(x), y: array(y) }))).batch(2))).toEqual(expected);
    expect(
      await batchesOf(
        dataset(() => rows)
          .batch(2)
          .unbatch()
          .batch(2),
      ),
    ).toEqual(expected);
  });

  it('knows how many there are', () => {
    expect(dataset(rows).batch(2).size).toBe(3);
    expect(dataset(rows).batch(2, { dropLast: true }).size).toBe(2);
    expect(dataset(() => rows).batch(2).size).toBeUndefined();
  });

  it('leaves out a smaller last batch on request', async () => {
    for (const data of [dataset(() => rows), dataset({ x: range(5) })]) {
      expect((await all((data as Dataset<never>).batch(2, { dropLast: true }))).map(({ x }) => x.shape[0])).toEqual([2, 2]);
    }
  });

  it.each<[string, unknown, string, readonly number[]]>([
    ['numbers', 3, 'f32', [2]],
    ['booleans', true, 'bool', [2]],
    ['bytes', new Uint8Array(3), 'u8', [2, 3]],
    ['a Buffer', Buffer.from([1, 2, 3]), 'u8', [2, 3]],
    ['doubles', new Float64Array(3), 'f64', [2, 3]],
    ['whole numbers', new Int32Array(3), 'i32', [2, 3]],
    ['short numbers', new Int16Array(3), 'i32', [2, 3]],
    [
      'images',
      [
        [[1], [2]],
        [[3], [4]],
      ],
      'f32',
      [2, 2, 2, 1],
    ],
    ['arrays', array([[1, 2]], { dtype: 'f64' }), 'f64', [2, 1, 2]],
  ])('rows of %s keep their dtype', async (_, x, dtype, shape) => {
    const [batch] = await all(dataset(() => [{ x }, { x }] as never[]).batch(2));
    expect(batch!.x).toMatchObject({ dtype, shape });
  });

  it('mixes arrays and typed arrays', async () => {
    const mixed = [{ x: new Float32Array([1, 2]) }, { x: [3, 4] }, { x: new Float64Array([5, 6]) }, { x: array([7, 8]) }];
    expect(await batchesOf(dataset(() => mixed as never[]).batch(4))).toEqual([
      {
        x: [
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ],
      },
    ]);
  });

  it('keeps weights', async () => {
    expect(await batchesOf(dataset(() => [{ x: 1, y: 2, weight: 0.5 }]).batch(2))).toEqual([{ x: [1], y: [2], weights: [0.5] }]);
    expect(await batchesOf(dataset({ x: [1], weights: [0.5] }).batch(2))).toEqual([{ x: [1], weights: [0.5] }]);
  });

  it.each<[string, readonly unknown[], string]>([
    [
      'ragged',
      [{ x: [1, 2] }, { x: [1, 2] }, { x: [1, 2, 3] }],
      'x of row 2 has 3 numbers, expected 2 numbers as in the first row of its batch',
    ],
    ['a number for a vector', [{ x: [1, 2] }, { x: 1 }], 'x of row 1 has a single number, expected 2 numbers'],
    ['null', [{ x: [1] }, { x: null }], 'row 1 has no x, found null'],
    ['null inside', [{ x: [1] }, { x: [null] }], 'x of row 1: expected a number at [0], found null'],
    [
      'null targets',
      [
        { x: 1, y: 1 },
        { x: 1, y: null },
      ],
      'y of row 1 is null, expected numbers; leave such rows out',
    ],
    ['undefined', [undefined], 'row 0 is undefined, expected an object { x, y }; does map() return something?'],
    ['text', [{ x: ['1.5'] }], 'x of row 0: expected a number at [0], found "1.5"'],
    ['text as a whole', [{ x: 1, y: 'cat' }], 'y of row 0 is "cat", expected numbers; turn text into numbers with map()'],
    ['64-bit numbers', [{ x: [1n] }], 'convert it with Number'],
    ['a 64-bit number', [{ x: 1n }], 'x of row 0 is 1n, expected numbers; convert it with Number(…) in map()'],
    ['a 64-bit array', [{ x: new BigInt64Array(1) }], 'x of row 0: a BigInt64Array is not supported'],
    ['records', [{ a: 1, b: 2 }], 'row 0 has the field "a"'],
    ['a misspelt field', [{ x: 1, w: 2, wieght: 1 }], 'has the field "w"'],
    [
      'arrays of numbers',
      [[1, 2]],
      'row 0 is an array of 2, expected an object { x, y }; name the parts with map() or with the option columns',
    ],
    ['targets that go', [{ x: 1, y: 1 }, { x: 1 }], 'row 1 has no y, the first row of its batch has one'],
    ['targets that come', [{ x: 1 }, { x: 1, y: 1 }], 'row 1 has y, the first row of its batch has none'],
    ['a function', [{ x: () => 1 }], 'x of row 0'],
  ])('refuses rows: %s', async (_, rows, message) => {
    expect(await failure(rows)).toMatchObject({ code: 'DATA', message: expect.stringContaining(message) });
  });

  it('counts rows in the epoch', async () => {
    const rows = range(7).map((i) => ({ x: i === 6 ? [1] : [1, 2] }));
    // The first of its batch: only the model can say that it does not fit.
    expect(plain(await all(dataset(() => rows as never[]).batch(3)))).toHaveLength(3);
    expect((await failure(rows, 4)).message).toContain('row 6');
  });
});

describe('batched sources', () => {
  const open = () => [
    { x: new Float32Array(3), y: [0, 1, 2] },
    { x: [[1], [2]], y: array([1, 2]), weights: [1, 0] },
  ];

  it('give arrays', async () => {
    const data = dataset(open, { batched: true });
    expect(data.batched).toBe(true);
    expect(await batchesOf(data)).toEqual([
      { x: [0, 0, 0], y: [0, 1, 2] },
      { x: [[1], [2]], y: [1, 2], weights: [1, 0] },
    ]);
    expect(await batchesOf(data.take(1).map(({ x }) => ({ x })))).toEqual([{ x: [0, 0, 0] }]);
    const seen: number[] = [];
    for await (const { x } of data.batches()) seen.push(x.shape[0]!);
    expect(seen).toEqual([3, 2]);
  });

  it.each<[string, unknown, string]>([
    ['rows that differ', { x: [1, 2], y: [1] }, 'y of batch 0 has the shape [1], but x has 2 rows'],
    ['no rows', { x: [] }, 'x of batch 0 is empty'],
    ['unknown fields', { x: [1], weight: [1] }, 'did you mean "weights"'],
    ['nothing', null, 'batch 0 is null'],
  ])('are checked: %s', async (_, batch, message) => {
    const error = await rejection(all(dataset(() => [batch] as never[], { batched: true })).then(() => undefined));
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining(message) });
  });
});

describe('batches()', () => {
  it('reads any dataset', async () => {
    const seen: unknown[] = [];
    for await (const { x } of dataset({ x: range(5) })
      .shuffle()
      .batches(2))
      seen.push(x.shape[0]);
    expect(seen).toEqual([2, 2, 1]);
  });
});

describe('sequences', () => {
  const rows = [
    { x: [1, 2, 3], y: 0 },
    { x: [4], y: 1 },
    { x: [5, 6], y: 0 },
  ];

  it('are padded to the longest of their batch', async () => {
    expect(await batchesOf(dataset(rows).paddedBatch(2))).toEqual([
      {
        x: [
          [1, 2, 3],
          [4, 0, 0],
        ],
        y: [0, 1],
      },
      { x: [[5, 6]], y: [0] },
    ]);
  });

  it('with a value, to a length, with mask and lengths', async () => {
    expect(await batchesOf(dataset(rows).paddedBatch(3, { value: -1, length: 4, mask: true, lengths: true }))).toEqual([
      {
        x: [
          [1, 2, 3, -1],
          [4, -1, -1, -1],
          [5, 6, -1, -1],
        ],
        y: [0, 1, 0],
        mask: [
          [true, true, true, false],
          [true, false, false, false],
          [true, true, false, false],
        ],
        lengths: [3, 1, 2],
      },
    ]);
  });

  it('of vectors and of targets, to a multiple', async () => {
    const vectors = [
      { x: [[1, 2]], y: [7] },
      {
        x: [
          [3, 4],
          [5, 6],
        ],
        y: [8, 9],
      },
    ];
    expect(await batchesOf(dataset(vectors).paddedBatch(2, { y: -100, multipleOf: 3 }))).toEqual([
      {
        x: [
          [
            [1, 2],
            [0, 0],
            [0, 0],
          ],
          [
            [3, 4],
            [5, 6],
            [0, 0],
          ],
        ],
        y: [
          [7, -100, -100],
          [8, 9, -100],
        ],
      },
    ]);
  });

  it('come in buckets of about one length', async () => {
    const lengths = [1, 5, 2, 9, 6, 2, 1, 7];
    const data = dataset(lengths.map((length) => ({ x: range(length) }))).bucketByLength({ boundaries: [2, 6], batchSize: 2 });
    expect((await all(data)).map(({ x }) => x.shape)).toEqual([
      [2, 2],
      [2, 6],
      [2, 2],
      [2, 9],
    ]);
    const rest = dataset([{ x: [1, 2, 3] }, { x: [1] }]).bucketByLength({ boundaries: [2], batchSize: 4, lengths: true });
    expect(plain(await all(rest)).map(({ lengths }) => lengths)).toEqual([[1], [3]]);
  });

  it.each<[string, readonly unknown[], object, string]>([
    ['too long', [{ x: [1, 2, 3] }], { length: 2 }, 'x of row 0 is 3 long, expected at most 2'],
    ['no sequence', [{ x: 1 }], {}, 'x of row 0 is a single number, expected a sequence'],
    ['other vectors', [{ x: [[1]] }, { x: [[1, 2]] }], {}, 'x of row 1 has the shape [1, 2], expected [any length, 1]'],
    ['targets of another length', [{ x: [1, 2], y: [1] }], { y: 0 }, 'y of row 0 is 1 long, but x is 2 long'],
    [
      'targets that are sequences',
      [
        { x: [1], y: [1] },
        { x: [1, 2], y: [1, 2] },
      ],
      {},
      'give paddedBatch() the option y',
    ],
    ['targets that go', [{ x: [1], y: 1 }, { x: [1] }], {}, 'row 1 has not the same fields'],
  ])('refuses: %s', async (_, given, options, message) => {
    const error = await rejection(all(dataset(() => given as never[]).paddedBatch(3, options)).then(() => undefined));
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining(message) });
  });

  it('ragged rows name paddedBatch', async () => {
    expect((await failure([{ x: [1, 2] }, { x: [1] }])).message).toContain('sequences of several lengths need paddedBatch()');
  });
});

describe('mixup', () => {
  const data = (options: object = {}) =>
    dataset({ x: range(8).map((i) => [i, 1]), y: Int32Array.from(range(8), (i) => i % 2) })
      .batch(4)
      .mixup({ alpha: 0.4, classes: 2, ...options });

  it('makes means of two rows, the same share for x and y', async () => {
    for (const { x, y } of await all(data())) {
      expect(x.shape).toEqual([4, 2]);
      expect(y!.shape).toEqual([4, 2]);
      // Sums over a batch stay, as partners are a permutation.
      const sums = (values: NDArray, column: number) => range(4).reduce((sum, row) => sum + values.data[2 * row + column]!, 0);
      expect(sums(y!, 0)).toBeCloseTo(2, 5);
      expect(sums(x, 1)).toBeCloseTo(4, 5);
    }
    const [batch] = await all(data());
    expect(sumOf(batch!.x, 0)).toBeCloseTo(6, 4);
  });

  const sumOf = (values: NDArray, column: number) => range(4).reduce((sum, row) => sum + values.data[2 * row + column]!, 0);

  it('comes from seed, epoch and batch', async () => {
    const first = await batchesOf(data());
    expect(await batchesOf(data())).toEqual(first);
    expect(await batchesOf(data(), 1)).not.toEqual(first);
    expect(await batchesOf(data({ seed: 1 }))).not.toEqual(first);
  });

  it.each<[string, () => Dataset<Batch>, string]>([
    ['labels without classes', () => data({ classes: undefined }), 'cannot mix y of i32'],
    [
      'labels beyond the classes',
      () =>
        dataset({ x: [1, 2], y: [0, 5] })
          .batch(2)
          .mixup({ alpha: 1, classes: 2 }),
      'the label 5 in row 1',
    ],
    [
      'vectors with classes',
      () =>
        dataset({ x: [1], y: [[1]] })
          .batch(2)
          .mixup({ alpha: 1, classes: 2 }),
      'needs one label a row',
    ],
    [
      'masks',
      () =>
        dataset([{ x: [1] }])
          .paddedBatch(1, { mask: true })
          .mixup({ alpha: 1 }),
      'cannot mix masks',
    ],
    [
      'whole numbers',
      () =>
        dataset({ x: new Int32Array(2) })
          .batch(2)
          .mixup({ alpha: 1 }),
      'cannot mix x of i32',
    ],
  ])('refuses %s', async (_, make, message) => {
    expect(await rejection(all(make()).then(() => undefined))).toMatchObject({ code: 'DATA', message: expect.stringContaining(message) });
  });
});
