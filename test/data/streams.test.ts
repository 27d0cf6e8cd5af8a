/** Sources read one element after the other: lazily, in order, closed whatever happens. */

import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { dataset } from '../../src/index.js';
import { rejection } from '../train/toy.js';
import { all, range, sorted, Watched } from './support.js';

describe('sources', () => {
  it('are opened anew for every epoch, with its number', async () => {
    const watched = new Watched(3);
    const data = dataset(watched.open);
    expect(watched.opened).toEqual([]);
    expect(await all(data)).toEqual([0, 1, 2]);
    expect(await all(data, 4)).toEqual([0, 1, 2]);
    expect(watched).toMatchObject({ opened: [0, 4], closed: 2 });
  });

  it.each<[string, () => never]>([
    [
      'an async generator',
      () =>
        (async function* () {
          yield* range(3);
        })() as never,
    ],
    ['a Readable', () => Readable.from(range(3)) as never],
    ['a web stream', () => Readable.toWeb(Readable.from(range(3))) as never],
    ['a generator', () => [0, 1, 2].values() as never],
  ])('%s can be read once', async (_, open) => {
    const data = dataset(open());
    expect(data.source.once).toBe(true);
    expect(await all(data)).toEqual([0, 1, 2]);
    expect(await rejection(all(data).then(() => undefined))).toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('pass a factory'),
    });
    expect(await all(dataset(open))).toEqual([0, 1, 2]);
  });

  it('may be promised, or sets', async () => {
    expect(await all(dataset(async () => range(3)))).toEqual([0, 1, 2]);
    const set = dataset(new Set([3, 4]));
    expect([await all(set), await all(set)]).toEqual([
      [3, 4],
      [3, 4],
    ]);
  });

  it('give chunks of rows as rows', async () => {
    const chunks = dataset(() => [[{ a: 1 }, { a: 2 }], [], [{ a: 3 }]]);
    expect(await all(chunks)).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    // Rows of numbers are rows.
    expect(
      await all(
        dataset(() => [
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it.each<[string, unknown]>([
    ['a number', 3],
    ['text', 'rows.csv'],
    ['null', null],
    ['a typed array', new Float32Array(3)],
  ])('are not %s', (_, source) => {
    expect(() => dataset(source as never)).toThrow(/expected columns \{ x, y \}, an array of rows/);
  });

  it('of a factory must be iterable', async () => {
    expect(await rejection(all(dataset(() => 3 as never)).then(() => undefined))).toMatchObject({
      code: 'OPTION',
      message: expect.stringContaining('the factory gave 3'),
    });
  });
});

describe('steps', () => {
  const stream = (count: number) => dataset(new Watched(count).open);

  it('map, filter, take, skip, repeat', async () => {
    expect(await all(stream(4).map((i) => i * 2))).toEqual([0, 2, 4, 6]);
    expect(await all(stream(4).map(async (i) => i + 1))).toEqual([1, 2, 3, 4]);
    expect(await all(stream(5).filter((i) => i % 2 === 0))).toEqual([0, 2, 4]);
    expect(await all(stream(5).filter(async (i) => i > 2))).toEqual([3, 4]);
    expect(await all(stream(5).take(2))).toEqual([0, 1]);
    expect(await all(stream(5).take(0))).toEqual([]);
    expect(await all(stream(5).skip(3))).toEqual([3, 4]);
    expect(await all(stream(2).repeat(3))).toEqual([0, 1, 0, 1, 0, 1]);
    expect(await all(stream(3).repeat().take(7))).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('repeat tells epochs apart', async () => {
    const watched = new Watched(1);
    await all(dataset(watched.open).repeat(2), 3);
    expect(watched.opened).toEqual([6, 7]);
  });

  it('repeat of nothing ends with an error, not never', async () => {
    expect(await rejection(all(stream(0).repeat().take(1)).then(() => undefined))).toMatchObject({ code: 'DATA' });
  });

  it('close the source when they have enough', async () => {
    const watched = new Watched(100);
    await all(
      dataset(watched.open)
        .map((i) => i)
        .filter(() => true)
        .take(3),
    );
    expect(watched).toMatchObject({ given: 3, closed: 1 });
    for await (const _ of dataset(watched.open).shuffle({ buffer: 5 }).prefetch(2)) break;
    expect(watched.closed).toBe(2);
  });

  it('shuffle by a buffer, from seed and epoch', async () => {
    const data = stream(200).shuffle({ buffer: 20, seed: 3 });
    const first = await all(data);
    expect(sorted(first)).toEqual(range(200));
    // No row comes out before so many others went in.
    expect(first.every((row, place) => row < place + 21)).toBe(true);
    expect(first).not.toEqual(range(200));
    expect(await all(data)).toEqual(first);
    expect(await all(data, 1)).not.toEqual(first);
    expect(sorted(await all(stream(5).shuffle({ buffer: 50 })))).toEqual(range(5));
    expect(() => stream(5).shuffle()).toThrow(/a stream needs the option buffer/);
  });

  it('cache asks the source once', async () => {
    const watched = new Watched(3);
    const data = dataset(watched.open)
      .map((i) => ({ i }))
      .cache();
    const first = await all(data);
    const again = await all(data, 1);
    expect(again).toEqual(first);
    expect(again[0]).toBe(first[0]);
    expect(watched.opened).toEqual([0]);
  });

  it('cache keeps nothing of an epoch that was left early', async () => {
    const watched = new Watched(3);
    const data = dataset(watched.open).cache();
    for await (const _ of data) break;
    expect(await all(data)).toEqual([0, 1, 2]);
    expect(watched.opened).toEqual([0, 0]);
  });

  it('cache makes a stream that is read once good for many epochs', async () => {
    const data = dataset(Readable.from(range(3)) as never).cache();
    expect(data.source.once).toBe(false);
    expect([await all(data), await all(data, 1)]).toEqual([range(3), range(3)]);
  });
});

describe('prefetch', () => {
  it('fetches so many ahead and no more', async () => {
    const watched = new Watched(100);
    const reading = dataset(watched.open).prefetch(4)[Symbol.asyncIterator]();
    expect(watched.given).toBe(0);
    await reading.next();
    // One that was taken, four that wait, one to know whether there are more.
    await expect.poll(() => watched.given).toBe(6);
    await wait(5);
    expect(watched.given).toBe(6);
    await reading.return!();
    expect(watched.closed).toBe(1);
  });

  it.each([1, 3, 50])('of %s loses and reorders nothing, whoever is slow', async (count) => {
    const slow = async function* () {
      for (let i = 0; i < 30; i++) {
        if (i % 7 === 0) await wait(1);
        yield i;
      }
    };
    const seen: number[] = [];
    for await (const i of dataset(slow).prefetch(count)) {
      if (i % 5 === 0) await wait(1);
      seen.push(i);
    }
    expect(seen).toEqual(range(30));
  });

  it('gives an error in its place', async () => {
    const fault = new Error('disk');
    const broken = async function* () {
      yield 1;
      yield 2;
      throw fault;
    };
    const seen: number[] = [];
    const reading = (async () => {
      for await (const i of dataset(broken).prefetch(10)) seen.push(i);
    })();
    expect(await rejection(reading)).toBe(fault);
    expect(seen).toEqual([1, 2]);
  });
});

it('nothing that needs rows in memory is for streams', () => {
  const data = dataset(new Watched(3).open);
  expect(() => data.split(0.5)).toThrow(/a stream cannot be divided by rows/);
  for (const call of [() => data.stratifiedSplit(0.5), () => data.balance(), () => data.sample({ weights: () => 1 })]) {
    expect(call).toThrow(expect.objectContaining({ code: 'STATE' }));
  }
});
