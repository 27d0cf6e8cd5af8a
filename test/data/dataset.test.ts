/** Rows in memory: chosen by number, never copied, the same for the same (seed, epoch). */

import { describe, expect, it } from 'vitest';
import type { Selection } from '../../src/data/selection.js';
import { array, type Dataset, dataset } from '../../src/index.js';
import { rejection } from '../train/toy.js';
import { all, range, sorted } from './support.js';

const numbers = (count: number) => dataset({ x: Float32Array.from(range(count)), y: Int32Array.from(range(count), (i) => i % 3) });
const xs = async (data: Dataset<{ x: unknown }>, epoch = 0) => (await all(data, epoch)).map(({ x }) => x as number);

describe('rows of columns', () => {
  it('are numbers, and arrays where rows have axes', async () => {
    const [row] = await all(
      dataset({
        x: [
          [1, 2],
          [3, 4],
        ],
        y: [5, 6],
        weights: [1, 0.5],
      }).skip(1),
    );
    expect((row!.x as { toArray(): unknown }).toArray()).toEqual([3, 4]);
    expect(row).toMatchObject({ y: 6, weight: 0.5 });
  });

  it('come in order, epoch by epoch', async () => {
    expect(await xs(numbers(5))).toEqual([0, 1, 2, 3, 4]);
    expect(await xs(numbers(5), 7)).toEqual([0, 1, 2, 3, 4]);
    expect(numbers(5).size).toBe(5);
  });

  it('can be iterated over more than once', async () => {
    const data = numbers(3);
    for (let i = 0; i < 2; i++) {
      const seen: unknown[] = [];
      for await (const { x } of data) seen.push(x);
      expect(seen).toEqual([0, 1, 2]);
    }
  });
});

describe('choosing rows', () => {
  it('stays row numbers', () => {
    const data = numbers(10)
      .shuffle()
      .take(8)
      .skip(1)
      .repeat(2)
      .filter(() => true)
      .balance()
      .sample({ weights: () => 1 });
    expect((data.source as Selection).isPlain).toBe(true);
    expect(
      numbers(10)
        .split(0.5)
        .every(({ source }) => (source as Selection).isPlain),
    ).toBe(true);
  });

  it('takes and skips', async () => {
    expect(await xs(numbers(5).take(2))).toEqual([0, 1]);
    expect(await xs(numbers(5).skip(3))).toEqual([3, 4]);
    expect(await xs(numbers(5).skip(1).take(2))).toEqual([1, 2]);
    expect(await xs(numbers(5).take(9))).toEqual(range(5));
    expect(numbers(5).take(9).size).toBe(5);
    expect(numbers(5).skip(9).size).toBe(0);
  });

  it('filters, asking once a row', async () => {
    let asked = 0;
    const data = numbers(6).filter(({ x }) => {
      asked++;
      return (x as number) % 2 === 1;
    });
    expect(await xs(data)).toEqual([1, 3, 5]);
    expect(await xs(data, 1)).toEqual([1, 3, 5]);
    expect(await xs(data.shuffle().repeat(2), 1)).toHaveLength(6);
    expect(asked).toBe(6);
    expect(data.size).toBeUndefined();
  });

  it('filters by a promise', async () => {
    expect(await xs(numbers(4).filter(async ({ x }) => (x as number) > 1))).toEqual([2, 3]);
  });

  it('shuffles whole, anew in every epoch', async () => {
    const data = numbers(100).shuffle({ seed: 4 });
    const [first, second] = [await xs(data, 0), await xs(data, 1)];
    expect(sorted(first)).toEqual(range(100));
    expect(sorted(second)).toEqual(range(100));
    expect(first).not.toEqual(second);
    expect(await xs(data, 1)).toEqual(second);
    expect(await xs(numbers(100).shuffle({ seed: 5 }))).not.toEqual(first);
  });

  it('repeats, each time in its own order', async () => {
    expect(await xs(numbers(3).repeat(2))).toEqual([0, 1, 2, 0, 1, 2]);
    const shuffled = await xs(numbers(50).shuffle().repeat(2));
    expect(sorted(shuffled.slice(0, 50))).toEqual(range(50));
    expect(shuffled.slice(0, 50)).not.toEqual(shuffled.slice(50));
  });
});

describe('split', () => {
  it('gives disjoint parts, the same in every epoch', async () => {
    for (const data of [numbers(10), numbers(10).shuffle()]) {
      const [first, second] = data.split(0.7);
      const [a, b] = [await xs(first), await xs(second)];
      expect([a.length, b.length]).toEqual([7, 3]);
      expect(sorted([...a, ...b])).toEqual(range(10));
      expect(sorted(await xs(first, 5))).toEqual(sorted(a));
      expect(a).not.toEqual(range(7));
    }
  });

  it('cuts in order on request', async () => {
    const parts = numbers(10).split([0.5, 0.3, 0.2], { shuffle: false });
    expect(await Promise.all(parts.map((part) => xs(part)))).toEqual([range(5), range(3, 5), range(2, 8)]);
    expect(parts.map(({ size }) => size)).toEqual([5, 3, 2]);
  });

  it('keeps the share of every class', async () => {
    const y = Int32Array.from(range(100), (i) => (i < 80 ? 0 : i < 95 ? 1 : 2));
    const parts = dataset({ x: Float32Array.from(range(100)), y }).stratifiedSplit([0.6, 0.4]);
    const counts = await Promise.all(
      parts.map(async (part) => {
        const rows = await all(part);
        return [0, 1, 2].map((label) => rows.filter((row) => row.y === label).length);
      }),
    );
    expect(counts).toEqual([
      [48, 9, 3],
      [32, 6, 2],
    ]);
    const both = (await Promise.all(parts.map((part) => xs(part)))).flat();
    expect(sorted(both)).toEqual(range(100));
  });

  it('takes classes from a function, and one-hot targets', async () => {
    const data = dataset({ x: Float32Array.from(range(8)), y: range(8).map((i) => (i < 4 ? [1, 0] : [0, 1])) });
    for (const parts of [data.stratifiedSplit(0.5), data.stratifiedSplit(0.5, { by: ({ x }) => ((x as number) < 4 ? 'a' : 'b') })]) {
      expect((await xs(parts[0]!)).filter((x) => x < 4)).toHaveLength(2);
    }
  });
});

describe('sample', () => {
  it('draws by weight, anew in every epoch', async () => {
    const data = numbers(4).sample({ weights: [0, 1, 3, 0], size: 4000, seed: 2 });
    const drawn = await xs(data);
    expect(new Set(drawn)).toEqual(new Set([1, 2]));
    // Five standard deviations of a binomial of 4000 draws with p = 1/4.
    expect(Math.abs(drawn.filter((x) => x === 1).length - 1000)).toBeLessThan(5 * Math.sqrt(4000 * 0.25 * 0.75));
    expect(await xs(data, 1)).not.toEqual(drawn);
    expect(await xs(data)).toEqual(drawn);
    expect(data.size).toBe(4000);
  });

  it('asks a function of the row', async () => {
    expect(
      new Set(
        await xs(
          numbers(9)
            .shuffle()
            .sample({ weights: ({ y }) => Number(y === 2) }),
        ),
      ),
    ).toEqual(new Set([2, 5, 8]));
  });

  it('refuses weights that mean nothing', async () => {
    const draw = (weights: never) => rejection(all(numbers(3).sample({ weights })).then(() => undefined));
    expect(await draw([1, 2] as never)).toMatchObject({ code: 'DATA', message: expect.stringContaining('2 weights for 3 rows') });
    expect(await draw([0, 0, 0] as never)).toMatchObject({ code: 'DATA', message: expect.stringContaining('add up to 0') });
    expect(await draw((() => Number.NaN) as never)).toMatchObject({ code: 'DATA', message: expect.stringContaining('row 0 is NaN') });
    expect(() => numbers(3).sample({ weights: [1, -1, 1] })).toThrow(/numbers of 0 or more/);
    expect(() =>
      numbers(3)
        .shuffle()
        .sample({ weights: [1, 1, 1] }),
    ).toThrow(/before shuffle/);
  });
});

describe('balance', () => {
  const skewed = () => dataset({ x: Float32Array.from(range(13)), y: Int32Array.from(range(13), (i) => (i < 10 ? 0 : 1)) });
  const counts = async (data: Dataset<{ y?: unknown }>, epoch = 0) => {
    const labels = (await all(data, epoch)).map(({ y }) => y);
    return [labels.filter((y) => y === 0).length, labels.filter((y) => y === 1).length];
  };

  it('repeats rare classes evenly', async () => {
    expect(await counts(skewed().balance())).toEqual([10, 10]);
    const rare = (await xs(skewed().balance())).filter((x) => x >= 10);
    for (const x of [10, 11, 12]) expect([3, 4]).toContain(rare.filter((one) => one === x).length);
  });

  it('leaves out rows of frequent classes, others in every epoch', async () => {
    const data = skewed().balance({ method: 'under', seed: 1 });
    expect(await counts(data)).toEqual([3, 3]);
    expect(sorted(await xs(data, 1))).not.toEqual(sorted(await xs(data, 2)));
  });

  it('needs classes', async () => {
    const error = await rejection(all(dataset({ x: [1, 2] }).balance()).then(() => undefined));
    expect(error).toMatchObject({ code: 'DATA', message: expect.stringContaining('give the option by') });
  });
});

describe('map', () => {
  it('changes rows, also by promises, and keeps them in memory', async () => {
    const data = numbers(4)
      .map(({ x, y }) => ({ x: [(x as number) * 2], y }))
      .map(async ({ x, y }) => ({ x: x[0]! + 1, y }));
    expect(await xs(data)).toEqual([1, 3, 5, 7]);
    expect(await xs(data.skip(2))).toEqual([5, 7]);
    expect(data.split(0.5)).toHaveLength(2);
  });

  it('draws by seed, epoch and place', async () => {
    const noisy = (seed: number) => numbers(5).map((_, { random, index, epoch }) => ({ x: [index, epoch, random(), random()] }), { seed });
    const first = await all(noisy(1));
    expect(await all(noisy(1))).toEqual(first);
    expect(await all(noisy(2))).not.toEqual(first);
    expect(await all(noisy(1), 1)).not.toEqual(first);
    expect(new Set(first.flatMap(({ x }) => x.slice(2)))).toHaveProperty('size', 10);
    expect((await all(noisy(1), 3))[4]!.x.slice(0, 2)).toEqual([4, 3]);
  });

  it('is asked once a row after cache(), and the rows can be mixed whole', async () => {
    let made = 0;
    const cached = numbers(20)
      .map(async ({ x }) => ({ x: (x as number) + 0 * made++ }))
      .cache();
    expect(sorted(await xs(cached.shuffle()))).toEqual(range(20));
    expect(await xs(cached.filter(({ x }) => x > 17))).toEqual([18, 19]);
    expect(await xs(cached, 1)).toEqual(range(20));
    expect(made).toBe(20);
    expect((numbers(3).cache().source as Selection).isPlain).toBe(true);
  });

  it('passes on what the function throws', async () => {
    const fault = new Error('mine');
    const data = numbers(3).map(() => {
      throw fault;
    });
    expect(await rejection(all(data).then(() => undefined))).toBe(fault);
  });
});

describe('options', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a misspelt option', () => numbers(3).shuffle({ sed: 1 } as never), /did you mean "seed"/],
    ['a buffer for rows in memory', () => numbers(3).shuffle({ buffer: 4 }), /leave buffer out/],
    ['a negative count', () => numbers(3).take(-1), /whole number of 0 or more, found -1/],
    ['a fraction', () => numbers(3).batch(1.5), /size must be a whole number of 1 or more, found 1.5/],
    ['no function', () => numbers(3).map(3 as never), /fn must be a function/],
    ['a share of 1', () => numbers(3).split(1), /share must be/],
    ['shares that are too much', () => numbers(3).split([0.5, 0.6]), /add up to 1/],
    ['batches twice', () => numbers(3).batch(2).batch(2), /has batches already; unbatch/],
    ['mixup of rows', () => numbers(3).mixup({ alpha: 1 }), /call batch\(\) before/],
    ['alpha 0', () => numbers(3).batch(2).mixup({ alpha: 0 }), /alpha must be a number above 0/],
    ['split of batches', () => numbers(3).batch(2).split(0.5), /a dataset of batches cannot be divided by rows/],
    ['boundaries that fall', () => numbers(3).bucketByLength({ boundaries: [4, 2], batchSize: 2 }), /ascending/],
    ['batches without a size', () => numbers(3).batches(), /size must be/],
    ['a size for batches', () => numbers(3).batch(2).batches(2), /has batches already/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message);
  });

  it('a dataset says how it was made', () => {
    expect(String(numbers(10).shuffle({ seed: 2 }).take(5).batch(2))).toBe('columns(10).shuffle(seed 2).take(5).batch(2)');
  });
});

it('arrays are not copied', () => {
  const x = array([[1], [2]]);
  const { source } = dataset({ x });
  expect((source as Selection).table.columns!.x.values).toBe(x);
});
