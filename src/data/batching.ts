/** Sources of batches. */

import type { NDArray } from '../tensor/ndarray.js';
import { NDArray as Arrays } from '../tensor/ndarray.js';
import { Collator, toBatch } from './collate.js';
import { Pace } from './pace.js';
import type { Batch } from './row.js';
import { Selection } from './selection.js';
import { cancelOf, derived, type Source } from './source.js';

export interface Batching {
  readonly size: number;
  readonly dropLast: boolean;
}

/** Batches of an epoch, if that is known before. */
export function countOf({ size: rows }: Source, { size, dropLast }: Batching): number | undefined {
  return rows === undefined ? undefined : dropLast ? Math.floor(rows / size) : Math.ceil(rows / size);
}

/** Rows of tables that batches are made of. */
const numbers = new WeakMap<Batch, Int32Array>();

/** The numbers by which messages call the rows of a batch: of rows in memory those of their table, else their places in the epoch. */
export function numbersOf(batch: Batch, first: number): (place: number) => number {
  const known = numbers.get(batch);
  return known ? (place) => known[place]! : (place) => first + place;
}

/** Batches that are made of rows, and can be made of others. */
export interface RowBatches extends Source<Batch> {
  readonly rows: Source;
  /** All of the other rows if they are `complete`, also those that `dropLast` leaves out. */
  over(rows: Source, complete: boolean): RowBatches;
}

/** Rows batch by batch. */
export class Batched implements RowBatches {
  readonly label: string;
  readonly size: number | undefined;
  readonly once: boolean;
  readonly cancel?: () => void;

  constructor(
    readonly rows: Source,
    readonly batching: Batching,
  ) {
    const { size, dropLast } = batching;
    this.label = `${rows.label}.batch(${size}${dropLast ? ', dropLast' : ''})`;
    this.size = countOf(rows, batching);
    this.once = rows.once;
    Object.assign(this, cancelOf(rows));
  }

  over(rows: Source, complete: boolean): Batched {
    const { size, dropLast } = this.batching;
    return new Batched(rows, { size, dropLast: dropLast && !complete });
  }

  read(epoch: number): AsyncGenerator<Batch> {
    const { rows } = this;
    return rows instanceof Selection && rows.isPlain ? this.gather(rows, epoch) : this.collate(epoch);
  }

  private async *collate(epoch: number): AsyncGenerator<Batch> {
    const { size, dropLast } = this.batching;
    const order = this.rows instanceof Selection ? await this.rows.order.of(epoch) : undefined;
    const begin = (first: number) => new Collator(size, (place) => (order ? order[first + place]! : first + place));
    const finish = (collator: Collator, first: number) => {
      const batch = collator.finish();
      if (order) numbers.set(batch, order.subarray(first, first + collator.rows));
      return batch;
    };
    let collator = begin(0);
    let first = 0;
    for await (const row of this.rows.read(epoch)) {
      collator.add(row);
      if (!collator.full) continue;
      yield finish(collator, first);
      first += size;
      collator = begin(first);
    }
    if (collator.rows > 0 && !dropLast) yield finish(collator, first);
  }

  /** Rows of columns are copied by the core, many at a time. */
  private async *gather({ table, order }: Selection, epoch: number): AsyncGenerator<Batch> {
    const { size, dropLast } = this.batching;
    const { x, y, weights } = table.columns!;
    const pace = new Pace();
    const rows = await order.of(epoch);
    const end = dropLast ? rows.length - (rows.length % size) : rows.length;
    for (let at = 0; at < end; at += size) {
      const some = rows.subarray(at, at + size);
      const take = (values: NDArray) => new Arrays(values.native.take(some));
      const batch = { x: take(x.values), ...(y && { y: take(y.values) }), ...(weights && { weights: take(weights.values) }) };
      numbers.set(batch, some);
      yield batch;
      if (pace.due()) await pace.turn();
    }
  }
}

/** What a source or a function of the user's gave as batches, checked. */
export function checkedBatches(inner: Source): Source<Batch> {
  return {
    ...inner,
    label: inner.label,
    async *read(epoch) {
      let at = 0;
      for await (const value of inner.read(epoch)) yield toBatch(value, at++);
    },
  };
}

/** The rows of batches. */
export function unbatched(inner: Source<Batch>): Source {
  const read = async function* (epoch: number) {
    for await (const batch of inner.read(epoch)) {
      for (let row = 0; row < batch.x.shape[0]!; row++) yield rowOf(batch, row);
    }
  };
  return { ...derived(inner, 'unbatch()', read), size: undefined };
}

function rowOf({ x, y, weights }: Batch, row: number) {
  const entry = (values: NDArray) => (values.rank === 1 ? values.data[row]! : values.slice(row, row + 1).reshape(values.shape.slice(1)));
  return { x: entry(x), ...(y && { y: entry(y) }), ...(weights && { weight: entry(weights) as number }) };
}
