/** Batches of sequences of several lengths. */

import { DataError, formatShape } from '../errors.js';
import { array, type NDArray } from '../tensor/ndarray.js';
import { type Batching, countOf, type RowBatches } from './batching.js';
import { type Batch, checkFields, ROW_FIELDS } from './row.js';
import { cancelOf, derived, type Source } from './source.js';
import { toArray } from './stack.js';

export interface Padding {
  /** What x is filled up with. Default 0. */
  readonly value?: number;
  /** What y is filled up with, if y is a sequence too: for example an `ignoreIndex`. Default: y is no sequence. */
  readonly y?: number;
  /** Length of every batch; longer rows are an error. Default: that of its longest row. */
  readonly length?: number;
  /** Lengths are rounded up to a multiple of this: fewer shapes, fewer programs. Default 1. */
  readonly multipleOf?: number;
  /** Adds `mask` [rows, length] to the batches, true where there is no padding. Default false. */
  readonly mask?: boolean;
  /** Adds `lengths` [rows] to the batches. Default false. */
  readonly lengths?: boolean;
}

export type CheckedPadding = Required<Omit<Padding, 'y' | 'length'>> & Pick<Padding, 'y' | 'length'>;

/** Rows that wait to become one batch. */
export class PaddedCollator {
  private readonly x: NDArray[] = [];
  private readonly y: NDArray[] = [];
  private readonly weights: number[] = [];

  constructor(private readonly padding: CheckedPadding) {}

  get rows(): number {
    return this.x.length;
  }

  /** `row`: its number in the epoch. */
  add(value: unknown, row: number): void {
    const given = checkFields(`row ${row}`, value, ROW_FIELDS);
    const x = sequence('x', given.x, row, this.x[0]);
    const first = this.x.length === 0;
    if (!first && ((given.y === undefined) !== (this.y.length === 0) || (given.weight === undefined) !== (this.weights.length === 0))) {
      throw new DataError(`dataset: row ${row} has not the same fields as the first row of its batch`, { op: 'dataset', row });
    }
    const { length } = this.padding;
    if (length !== undefined && x.shape[0]! > length) {
      throw new DataError(`dataset: x of row ${row} is ${x.shape[0]} long, expected at most ${length}`, { op: 'dataset', row });
    }
    if (given.y !== undefined) this.y.push(this.target(given.y, row, x.shape[0]!));
    if (given.weight !== undefined) this.weights.push(toArray('weight', given.weight, row).item());
    this.x.push(x);
  }

  private target(value: unknown, row: number, length: number): NDArray {
    if (this.padding.y === undefined) {
      const y = toArray('y', value, row, this.y[0]?.dtype);
      const [first] = this.y;
      if (!first || formatShape(first.shape) === formatShape(y.shape)) return y;
      throw new DataError(
        `dataset: y of row ${row} has the shape ${formatShape(y.shape)}, the first row of its batch ${formatShape(first.shape)}; if y is a sequence, give paddedBatch() the option y`,
        { op: 'dataset', row },
      );
    }
    const y = sequence('y', value, row, this.y[0]);
    if (y.shape[0] === length) return y;
    throw new DataError(`dataset: y of row ${row} is ${y.shape[0]} long, but x is ${length} long`, { op: 'dataset', row });
  }

  finish(): Batch {
    const { padding, x, y, weights } = this;
    const lengths = x.map(({ shape }) => shape[0]!);
    const longest = padding.length ?? Math.max(...lengths);
    const length = Math.max(1, Math.ceil(longest / padding.multipleOf) * padding.multipleOf);
    return {
      x: padded(x, length, padding.value),
      ...(y.length > 0 && { y: padding.y === undefined ? stacked(y) : padded(y, length, padding.y) }),
      ...(weights.length > 0 && { weights: array(weights) }),
      ...(padding.mask && { mask: maskOf(lengths, length) }),
      ...(padding.lengths && { lengths: array(Int32Array.from(lengths)) }),
    };
  }
}

/** A row that is a sequence, alike to the first but for its length. */
function sequence(name: string, value: unknown, row: number, first: NDArray | undefined): NDArray {
  const values = toArray(name, value, row, first?.dtype);
  if (values.rank === 0) {
    throw new DataError(`dataset: ${name} of row ${row} is a single number, expected a sequence`, { op: 'dataset', row });
  }
  if (!first || formatShape(first.shape.slice(1)) === formatShape(values.shape.slice(1)) || values.shape[0] === 0) return values;
  throw new DataError(
    `dataset: ${name} of row ${row} has the shape ${formatShape(values.shape)}, expected [any length, ${first.shape.slice(1).join(', ')}] as in the first row of its batch`,
    { op: 'dataset', row },
  );
}

function padded(rows: readonly NDArray[], length: number, value: number): NDArray {
  const like = rows.find(({ size }) => size > 0) ?? rows[0]!;
  const rest = like.shape.slice(1);
  const width = length * rest.reduce((product, d) => product * d, 1);
  const Elements = like.data.constructor as new (size: number) => NDArray['data'];
  const data = new Elements(rows.length * width).fill(value);
  for (const [i, row] of rows.entries()) data.set(row.data, i * width);
  return array(data, { dtype: like.dtype, shape: [rows.length, length, ...rest] });
}

function stacked(rows: readonly NDArray[]): NDArray {
  const { size, shape, dtype, data: first } = rows[0]!;
  const Elements = first.constructor as new (size: number) => NDArray['data'];
  const data = new Elements(rows.length * size);
  for (const [i, row] of rows.entries()) data.set(row.data, i * size);
  return array(data, { dtype, shape: [rows.length, ...shape] });
}

function maskOf(lengths: readonly number[], length: number): NDArray {
  const data = new Uint8Array(lengths.length * length);
  for (const [i, own] of lengths.entries()) data.fill(1, i * length, i * length + own);
  return array(data, { dtype: 'bool', shape: [lengths.length, length] });
}

/** Rows batch by batch, filled up. */
export class PaddedBatches implements RowBatches {
  readonly label: string;
  readonly size: number | undefined;
  readonly once: boolean;
  readonly cancel?: () => void;

  constructor(
    readonly rows: Source,
    private readonly batching: Batching,
    private readonly padding: CheckedPadding,
  ) {
    const { size, dropLast } = batching;
    this.label = `${rows.label}.paddedBatch(${size}, ${JSON.stringify({ ...padding, dropLast })})`;
    this.size = countOf(rows, batching);
    this.once = rows.once;
    Object.assign(this, cancelOf(rows));
  }

  over(rows: Source, complete: boolean): PaddedBatches {
    const { size, dropLast } = this.batching;
    return new PaddedBatches(rows, { size, dropLast: dropLast && !complete }, this.padding);
  }

  async *read(epoch: number): AsyncGenerator<Batch> {
    const { size, dropLast } = this.batching;
    let collator = new PaddedCollator(this.padding);
    let row = 0;
    for await (const value of this.rows.read(epoch)) {
      collator.add(value, row++);
      if (collator.rows < size) continue;
      yield collator.finish();
      collator = new PaddedCollator(this.padding);
    }
    if (collator.rows > 0 && !dropLast) yield collator.finish();
  }
}

/** Batches of rows whose lengths lie between the same two boundaries: little of them is padding. */
export function bucketed(rows: Source, boundaries: readonly number[], size: number, padding: CheckedPadding, label: string): Source<Batch> {
  const read = async function* (epoch: number) {
    const buckets = new Map<number, PaddedCollator>();
    let row = 0;
    for await (const value of rows.read(epoch)) {
      const { x } = checkFields(`row ${row}`, value, ROW_FIELDS);
      const length = sequence('x', x, row, undefined).shape[0]!;
      const found = boundaries.findIndex((boundary) => length <= boundary);
      const at = found < 0 ? boundaries.length : found;
      // Padded to the boundary itself, so that a bucket has one shape; the last one goes by its longest row.
      const bucket = buckets.get(at) ?? new PaddedCollator(found < 0 ? padding : { ...padding, length: boundaries[at]! });
      buckets.set(at, bucket);
      bucket.add(value, row++);
      if (bucket.rows < size) continue;
      buckets.delete(at);
      yield bucket.finish();
    }
    for (const at of [...buckets.keys()].sort((a, b) => a - b)) yield buckets.get(at)!.finish();
  };
  return { ...derived(rows, label, read), size: undefined };
}
