/** Rows of whatever `checkData` is given: columns, datasets of rows in memory, streams. */

import { Batched, type RowBatches } from '../../data/batching.js';
import { type Columns, dataColumns, rowsOf } from '../../data/columns.js';
import type { Dataset } from '../../data/dataset.js';
import type { Batch } from '../../data/row.js';
import { orderFrom, Selection, wholeOrder } from '../../data/selection.js';
import { derived, type Source } from '../../data/source.js';
import { DataError, formatShape, OptionError, ShapeError } from '../../errors.js';
import type { DType } from '../../tensor/dtype.js';
import { batchColumns } from '../batchPrograms.js';
import { datasetOf, isStreamed } from '../streamed.js';
import { takeRows } from '../takeRows.js';
import { batchSample, misfit, rowShapeOf } from './batches.js';
import { chosenSample, columnSample, distinct, rowsWithin, type Sample, spread } from './sample.js';

/** Of what must be held while it is looked at. */
const DEFAULT_ROWS = 10_000;
const NUMBERS = 2 ** 24;
/** Rows that are read at once, so that wide ones do not fill the memory before their width is known. */
const BATCH_ROWS = 32;

interface Reading {
  readonly where: string;
  /** Of the argument: `data` or `validation`. */
  readonly name: string;
  /** Rows that are looked at; undefined: those that suit the kind of data. */
  readonly most: number | undefined;
  /** What nested arrays become. */
  readonly nested: DType | undefined;
}

/** Throws for what is no data, before anything is read. */
export function readable(data: unknown, reading: Reading): () => Promise<Sample> {
  const { where, name, most = Number.POSITIVE_INFINITY, nested } = reading;
  if (!isStreamed(data)) {
    const columns = dataColumns(where, name, data, nested);
    return async () => columnSample(columns, most);
  }
  const dataset = datasetOf(where, data, 1, false, name);
  if (dataset.source.once) {
    throw new OptionError(
      `${where}: ${name} can be read only once, and the check would use up its rows; pass a factory, () => source, that opens it anew`,
      { op: where },
    );
  }
  return () => datasetSample(dataset, reading);
}

async function datasetSample({ source, batched }: Dataset, reading: Reading): Promise<Sample> {
  const batches = batched ? (source as Source as Source<Batch>) : undefined;
  const rows = batches && 'over' in batches ? (batches as RowBatches).rows : source;
  if (!(rows instanceof Selection) || (batches && !('over' in batches))) return streamSample(batches, source, reading);
  const { columns } = rows.table;
  const drawn = await rows.order.of(0);
  if (drawn.length === 0) throw new DataError(`${reading.where}: the dataset ${rows.label} has no rows`, { op: reading.where });
  if (rows.isPlain && columns!.y && (!batches || batches instanceof Batched)) {
    const prefix = prefixOf(reading);
    const named = { x: { ...columns!.x, name: `${prefix}x` }, y: { ...columns!.y, name: `${prefix}y` } };
    return chosenSample(named, drawn, reading.most ?? Number.POSITIVE_INFINITY);
  }
  const over = (some: Int32Array) => {
    const chosen = rows.with(inOrder(some), `${some.length} rows`);
    return batches ? (batches as RowBatches).over(chosen, true) : new Batched(chosen, { size: BATCH_ROWS, dropLast: false });
  };
  return madeSample({ drawn, distinct: (await distinct(drawn, rows.table.rows)).length, over }, reading);
}

function inOrder(rows: Int32Array): Selection['order'] {
  return orderFrom(wholeOrder(0), { size: rows.length, fixed: true, constant: 'rows', shuffled: false }, async () => rows);
}

interface Made {
  /** Rows of an epoch. */
  readonly drawn: Int32Array;
  /** How many they are without those that are drawn again. */
  readonly distinct: number;
  readonly over: (rows: Int32Array) => Source<Batch>;
}

/** Rows in memory that functions make, or that are objects: evenly spread, and held while they are looked at. */
async function madeSample({ drawn, distinct, over }: Made, reading: Reading): Promise<Sample> {
  const most = reading.most ?? boundFor((await read(over(drawn.subarray(0, 1)), { ...reading, most: 1 })).batches[0]!);
  const chosen = await spread(drawn, most);
  const { batches } = await read(over(chosen), { ...reading, most: chosen.length });
  return once(await batchSample(batches, chosen.length, distinct));
}

/** Without rows of x that are drawn several times. */
async function once(sample: Sample): Promise<Sample> {
  const { name, values, numberOf } = sample.x;
  const places = new Map<number, number>();
  for (let place = 0; place < values.shape[0]!; place++) {
    const row = numberOf!(place);
    if (!places.has(row)) places.set(row, place);
  }
  if (places.size === values.shape[0]) return sample;
  const numbers = [...places.keys()];
  const x = { name, values: await takeRows(values, Int32Array.from(places.values())), numberOf: (place: number) => numbers[place]! };
  return { ...sample, x };
}

/** The first rows of the first epoch. */
async function streamSample(batches: Source<Batch> | undefined, source: Source, reading: Reading): Promise<Sample> {
  let cut = false;
  const rows = limited(source, reading.most ?? DEFAULT_ROWS, () => {
    cut = true;
  });
  const found = await read(batches ?? new Batched(rows, { size: BATCH_ROWS, dropLast: false }), reading);
  return batchSample(found.batches, found.bound, found.over && !cut ? found.rows : undefined);
}

/** A source that is left after so many elements; then `onCut` is called. */
function limited(inner: Source, most: number, onCut: () => void): Source {
  return derived(inner, `take(${most})`, async function* (epoch) {
    let left = most;
    for await (const element of inner.read(epoch)) {
      yield element;
      if (--left > 0) continue;
      onCut();
      return;
    }
  });
}

interface Read {
  readonly batches: readonly Columns[];
  readonly rows: number;
  /** Rows that are looked at, at most. */
  readonly bound: number;
  /** Whether the source ended. */
  readonly over: boolean;
}

/** Batches until there are rows enough; then the source is closed. */
async function read(source: Source<Batch>, reading: Reading): Promise<Read> {
  const { where, name, most } = reading;
  const batches: Columns[] = [];
  let [rows, bound] = [0, Number.POSITIVE_INFINITY];
  for await (const batch of source.read(0)) {
    const columns = batchColumns(where, prefixOf(reading), batch, rows);
    const [first = columns] = batches;
    checkFits(where, first, columns);
    bound = most ?? boundFor(first);
    batches.push(columns);
    rows += rowsOf(columns.x);
    if (rows >= bound) return { batches, rows, bound, over: false };
  }
  if (rows > 0) return { batches, rows, bound, over: true };
  throw new DataError(`${where}: ${name === 'data' ? 'the data' : name} gave no batch; expected one row or more`, { op: where });
}

const boundFor = ({ x }: Columns): number => Math.min(DEFAULT_ROWS, rowsWithin(NUMBERS, x));

const prefixOf = ({ name }: Reading): string => (name === 'data' ? '' : `${name}.`);

/** Throws `ShapeError` for rows that do not stand below each other. */
function checkFits(where: string, first: Columns, other: Columns): void {
  const name = misfit(first, other);
  if (!name) return;
  const [expected, found] = [first, other].map((columns) => formatShape(rowShapeOf(columns[name]))) as [string, string];
  throw new ShapeError(
    `${where}: rows of ${first[name].name} have shape ${found} in one batch and ${expected} in the first; columns need one shape: give paddedBatch() a length`,
    { op: where, expected, found },
  );
}
