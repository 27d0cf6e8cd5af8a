/** Data on their way into a model. */

import { OptionError, StateError } from '../errors.js';
import { callable, checkArgument, checkOptions, integer, positiveInteger } from '../options.js';
import { Batched, checkedBatches, unbatched } from './batching.js';
import { balanced, bounds, divide, divideByClass, sampled } from './classes.js';
import { type RowContext, type RowMap, rowMap } from './mapping.js';
import { mixedUp } from './mixup.js';
import {
  type BalanceOptions,
  type BatchOptions,
  type BucketOptions,
  balanceRules,
  batchRules,
  bucketRules,
  type ClassOptions,
  classRules,
  type MixupOptions,
  mapRules,
  mixupRules,
  type PaddedBatchOptions,
  paddedRules,
  type SampleOptions,
  type SeedOptions,
  type ShuffleOptions,
  type SplitOptions,
  sampleRules,
  sharesRule,
  shuffleRules,
  splitRules,
} from './options.js';
import { cut, divided, filtered, repeated, shuffled } from './orders.js';
import { bucketed, type CheckedPadding, PaddedBatches } from './padding.js';
import type { Batch } from './row.js';
import { type Order, Selection } from './selection.js';
import type { Source } from './source.js';
import { cached, filteredStream, mapped, prefetched, repeatedStream, shuffledStream, skipped, taken } from './streams.js';

/**
 * Rows, or batches of rows, epoch by epoch. Nothing is read before somebody asks; every step makes
 * a new dataset and leaves the old one as it is. All that is random comes from (seed, epoch), so an
 * epoch can be read again and a run can go on in the middle of one.
 *
 *     const [train, held] = dataset({ x, y }).stratifiedSplit(0.9);
 *     await fit(model, train.balance(), { loss, optimizer, validation: held, epochs: 10 });
 *
 *     const rows = dataset(() => createReadStream('rows.csv').pipe(parse({ columns: true })))
 *       .map((row) => ({ x: [Number(row.a), Number(row.b)], y: Number(row.label) }))
 *       .shuffle({ buffer: 10_000 });
 *     await fit(model, rows, { loss, optimizer, epochs: 3, batchSize: 64 });
 *
 * As long as rows in memory are only chosen (shuffle, filter, take, split, sample, …) they stay row
 * numbers, and `fit` gathers them in the core.
 */
export class Dataset<T = unknown> implements AsyncIterable<T> {
  /** @internal */
  readonly source: Source<T>;
  /** Whether the elements are batches. */
  readonly batched: boolean;

  /** @internal Made by `dataset`. */
  constructor(source: Source<T>, batched: boolean) {
    this.source = source;
    this.batched = batched;
  }

  /** Elements of an epoch, rows or batches; undefined while that is not known. */
  get size(): number | undefined {
    return this.source.size;
  }

  /** The elements of the first epoch. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this.source.read(0)[Symbol.asyncIterator]();
  }

  /** How it was made. */
  toString(): string {
    return this.source.label;
  }

  /**
   * Batches of an epoch as arrays: of `size` rows, or as they come if the dataset has batches.
   *
   *     for await (const { x, y } of data.batches(256)) { … }
   */
  batches(size?: number, epoch = 0): AsyncIterable<Batch> {
    checkArgument('dataset.batches', 'epoch', epoch, integer(0));
    if (this.batched) {
      if (size !== undefined)
        throw new OptionError('dataset.batches: this dataset has batches already; leave the size out, or unbatch() first');
      return (this.source as Source).read(epoch) as AsyncIterable<Batch>;
    }
    const checked = checkArgument('dataset.batches', 'size', size, positiveInteger());
    return new Batched(this.source, { size: checked, dropLast: false }).read(epoch);
  }

  // ---- one by one ----

  /**
   * Each element changed by a function, which may be asynchronous. A second argument has the
   * element's index and epoch, and `random()` for augmentation that is the same in every run.
   */
  map<U>(fn: (row: T, context: RowContext) => U, options?: SeedOptions): Dataset<Awaited<U>> {
    checkArgument('dataset.map', 'fn', fn, callable());
    const { seed } = checkOptions('dataset.map', options, mapRules);
    return this.mapBy<Awaited<U>>(rowMap(fn, seed), `map(${seed === 0 ? '' : `seed ${seed}`})`);
  }

  /** @internal */
  mapBy<U>(map: RowMap, label: string): Dataset<U> {
    const { source } = this;
    if (source instanceof Selection) return new Dataset<U>(source.mapped<U>(map, label), false);
    const made = mapped(source, map, label);
    return new Dataset(this.batched ? checkedBatches(made) : made, this.batched) as Dataset<U>;
  }

  /** The elements for which a function gives true. It is asked once for each row in memory. */
  filter(fn: (row: T) => unknown): Dataset<T> {
    checkArgument('dataset.filter', 'fn', fn, callable());
    const { source } = this;
    if (source instanceof Selection && source.maps.length === 0) {
      const test = (row: number) => {
        const made = source.make(row, 0, row);
        return made instanceof Promise ? made.then(fn) : fn(made);
      };
      return this.select((order) => filtered(order, test), 'filter()')!;
    }
    return this.stream(filteredStream(source, fn as (row: never) => unknown, 'filter()'));
  }

  // ---- which ones ----

  /** Another order in every epoch: of rows in memory all, of a stream those in a buffer. */
  shuffle(options?: ShuffleOptions): Dataset<T> {
    const { seed, buffer } = checkOptions('dataset.shuffle', options, shuffleRules);
    const whole = this.select((order) => shuffled(order, seed), `shuffle(seed ${seed})`);
    if (whole && buffer !== undefined) throw new OptionError('dataset.shuffle: rows in memory are mixed whole; leave buffer out');
    if (whole) return whole;
    if (buffer === undefined) throw new OptionError(`dataset.shuffle: ${this.kind()} needs the option buffer, how many wait to be mixed`);
    return this.stream(shuffledStream(this.source, buffer, seed));
  }

  /** The first `count` elements. */
  take(count: number): Dataset<T> {
    checkArgument('dataset.take', 'count', count, integer(0));
    return this.select((order) => cut(order, 0, count), `take(${count})`) ?? this.stream(taken(this.source, count));
  }

  /** All but the first `count` elements. */
  skip(count: number): Dataset<T> {
    checkArgument('dataset.skip', 'count', count, integer(0));
    return this.select((order) => cut(order, count), `skip(${count})`) ?? this.stream(skipped(this.source, count));
  }

  /** Epochs of `times` epochs of this one; without end if `times` is missing (then `fit` needs `stepsPerEpoch`). */
  repeat(times?: number): Dataset<T> {
    if (times === undefined) return this.stream(repeatedStream(this.source, Number.POSITIVE_INFINITY));
    checkArgument('dataset.repeat', 'times', times, positiveInteger());
    return this.select((order) => repeated(order, times), `repeat(${times})`) ?? this.stream(repeatedStream(this.source, times));
  }

  /**
   * Disjoint parts of the rows in memory, the same in every epoch: `split(0.8)` gives two,
   * `split([0.8, 0.1, 0.1])` three. Rows are drawn at random unless `shuffle` is false.
   */
  split(share: number): [Dataset<T>, Dataset<T>];
  split(share: number | readonly number[], options?: SplitOptions): Dataset<T>[];
  split(share: number | readonly number[], options?: SplitOptions): Dataset<T>[] {
    const shares = checkShares('dataset.split', share);
    const { seed, shuffle } = checkOptions('dataset.split', options, splitRules);
    const selection = this.inMemory('split');
    const { order } = selection;
    const sizes = order.size === undefined ? shares.map(() => undefined) : bounds(order.size, shares).map(([begin, end]) => end - begin);
    const orders = divided(order, sizes, (rows) => divide(rows.length, shares, shuffle ? seed : undefined));
    return orders.map(
      (part, i) => new Dataset<T>(selection.with(part, `split(${shares}, ${shuffle ? `seed ${seed}` : 'in order'})[${i}]`), false),
    );
  }

  /** As `split`, with the same share of every class in each part. */
  stratifiedSplit(share: number): [Dataset<T>, Dataset<T>];
  stratifiedSplit(share: number | readonly number[], options?: ClassOptions<T>): Dataset<T>[];
  stratifiedSplit(share: number | readonly number[], options?: ClassOptions<T>): Dataset<T>[] {
    const shares = checkShares('dataset.stratifiedSplit', share);
    const { seed, by } = checkOptions('dataset.stratifiedSplit', options, classRules);
    const selection = this.inMemory('stratifiedSplit');
    const parts = shares.map(() => undefined);
    const orders = divided(selection.order, parts, (rows) => divideByClass(rows, shares, this.asked(selection, by), seed));
    return orders.map((part, i) => new Dataset<T>(selection.with(part, `stratifiedSplit(${shares}, seed ${seed})[${i}]`), false));
  }

  /** Rows in memory drawn with replacement, each as likely as its weight says, anew in every epoch. */
  sample(options: SampleOptions<T>): Dataset<T> {
    const { weights, seed, size } = checkOptions('dataset.sample', options, sampleRules);
    const selection = this.inMemory('sample');
    if (typeof weights !== 'function' && !selection.order.fixed) {
      throw new OptionError('dataset.sample: a list of weights needs rows whose order is fixed; call sample() before shuffle()');
    }
    const ask = typeof weights === 'function' ? (row: number) => this.ask(selection, row, weights as (row: T) => unknown) : [...weights];
    return this.select((order) => sampled(order, ask, seed, size), `sample(${size ?? ''} seed ${seed})`)!;
  }

  /** Every class as often as the others: rare ones are repeated, or frequent ones cut, anew in every epoch. */
  balance(options?: BalanceOptions<T>): Dataset<T> {
    const { seed, by, method } = checkOptions('dataset.balance', options, balanceRules);
    const selection = this.inMemory('balance');
    return this.select(
      (order) => balanced(order, this.asked(selection, by), seed, method === 'under'),
      `balance(${method}, seed ${seed})`,
    )!;
  }

  // ---- batches ----

  /** Batches of `size` rows; without it, `fit` makes batches of its `batchSize`. */
  batch(size: number, options?: BatchOptions): Dataset<Batch> {
    const checked = checkArgument('dataset.batch', 'size', size, positiveInteger());
    return new Dataset(new Batched(this.rows('batch'), { size: checked, ...checkOptions('dataset.batch', options, batchRules) }), true);
  }

  /** Batches of sequences of several lengths, filled up at their ends. */
  paddedBatch(size: number, options?: PaddedBatchOptions): Dataset<Batch> {
    const checked = checkArgument('dataset.paddedBatch', 'size', size, positiveInteger());
    const { dropLast, ...padding } = checkOptions('dataset.paddedBatch', options, paddedRules);
    checkPadding('dataset.paddedBatch', padding);
    return new Dataset(new PaddedBatches(this.rows('paddedBatch'), { size: checked, dropLast }, padding), true);
  }

  /** Padded batches of rows of about the same length: one bucket up to each boundary, padded to it. */
  bucketByLength(options: BucketOptions): Dataset<Batch> {
    const { boundaries, batchSize, ...padding } = checkOptions('dataset.bucketByLength', options, bucketRules);
    const label = `bucketByLength(${JSON.stringify({ boundaries, batchSize, ...padding })})`;
    return new Dataset(bucketed(this.rows('bucketByLength'), boundaries, batchSize, { ...padding, length: undefined }, label), true);
  }

  /** The rows of the batches. */
  unbatch(): Dataset<unknown> {
    return new Dataset(unbatched(this.asBatches('unbatch')), false);
  }

  /** Batches whose rows are weighted means of two rows (Zhang and others 2017), x and y alike. */
  mixup(options: MixupOptions): Dataset<Batch> {
    const { alpha, classes, seed } = checkOptions('dataset.mixup', options, mixupRules);
    return new Dataset(mixedUp(this.asBatches('mixup'), alpha, classes, seed), true);
  }

  // ---- when ----

  /** Fetches up to `count` elements before they are asked for. `fit` does so by itself for batches. */
  prefetch(count: number): Dataset<T> {
    checkArgument('dataset.prefetch', 'count', count, positiveInteger());
    return this.stream(prefetched(this.source, count));
  }

  /**
   * Keeps what `map` made of rows in memory, row by row; of other sources all elements, once an
   * epoch has been read to its end. Later epochs give the same ones.
   */
  cache(): Dataset<T> {
    const { source } = this;
    return source instanceof Selection ? new Dataset<T>(source.kept(), false) : this.stream(cached(source));
  }

  // ---- inside ----

  private stream(source: Source): Dataset<T> {
    return new Dataset<T>(source as Source<T>, this.batched);
  }

  private select(make: (order: Order) => Order, label: string): Dataset<T> | undefined {
    const { source } = this;
    return source instanceof Selection ? new Dataset<T>(source.with(make(source.order), label), false) : undefined;
  }

  private inMemory(name: string): Selection<T> {
    const { source } = this;
    if (source instanceof Selection) return source;
    throw new StateError(
      `dataset.${name}: ${this.kind()} cannot be divided by rows; ${name}() works on rows in memory, before batch(), cache(), prefetch() and filter() of what map() made`,
      { op: `dataset.${name}` },
    );
  }

  private rows(name: string): Source {
    if (!this.batched) return this.source;
    throw new StateError(`dataset.${name}: this dataset has batches already; unbatch() gives its rows`, { op: `dataset.${name}` });
  }

  private asBatches(name: string): Source<Batch> {
    if (this.batched) return this.source as Source as Source<Batch>;
    throw new StateError(`dataset.${name}: this dataset has rows, expected batches; call batch() before`, { op: `dataset.${name}` });
  }

  private kind(): string {
    return this.batched ? 'a dataset of batches' : 'a stream';
  }

  private asked(selection: Selection<T>, by: ((row: never) => unknown) | undefined) {
    const classOf = (by ?? ((row: { readonly y?: unknown } | undefined) => row?.y)) as (row: T) => unknown;
    return (row: number) => this.ask(selection, row, classOf);
  }

  private async ask(selection: Selection<T>, row: number, question: (row: T) => unknown): Promise<unknown> {
    return question(await selection.make(row, 0, row));
  }
}

function checkShares(where: string, share: unknown): readonly number[] {
  const shares = checkArgument(where, 'share', share, sharesRule);
  return typeof shares === 'number' ? [shares, 1 - shares] : shares;
}

function checkPadding(where: string, { length, multipleOf }: CheckedPadding): void {
  if (length === undefined || length % multipleOf === 0) return;
  throw new OptionError(`${where}: length must be a multiple of multipleOf, found ${length} and ${multipleOf}`, { op: where });
}
