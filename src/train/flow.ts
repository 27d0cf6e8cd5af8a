/** Data as a run reads them: columns, rows of columns in a dataset's order, or batches of a source. */

import { Batched } from '../data/batching.js';
import { type Check, dataChecks, type Features, runChecksSync, type Targets } from '../data/check.js';
import { type Column, type Columns, rowsOf } from '../data/columns.js';
import type { Dataset } from '../data/dataset.js';
import { shuffled } from '../data/orders.js';
import type { Batch } from '../data/row.js';
import { Selection } from '../data/selection.js';
import type { Source } from '../data/source.js';
import { DataError } from '../errors.js';
import type { Model } from '../nn/module.js';
import { blocksOf } from '../nn/preprocess/adapt.js';
import type { DType } from '../tensor/dtype.js';
import { NDArray } from '../tensor/ndarray.js';
import { BatchPrograms, batchColumns, type Compiled } from './batchPrograms.js';
import { batchSample } from './dataCheck/batches.js';
import { chosenSample, columnSample, rowsWithin, type Sample } from './dataCheck/sample.js';
import { inspect } from './inspect.js';
import type { Published } from './lease.js';
import { type Step, type StepSpec, traceStep } from './step.js';
import { nextBatch, type OpenSource, openSource, StreamSupply } from './streamSupply.js';
import { columnSupply, OrderSupply, type Place, type Supply } from './supply.js';

/** What a session needs to know of its data. */
export interface Flow {
  /** Columns in memory; of a stream, its first batch. */
  readonly columns: Columns;
  /** Rows of an epoch; Infinity if that is not known. */
  readonly rows: number;
  readonly batchSize: number;
  /** The same as somebody asked for it: there may be fewer rows. */
  readonly askedBatchSize: number;
  /** Infinity if that is not known. */
  readonly stepsPerEpoch: number;
  /** Batch sizes to compile first. */
  readonly sizes: readonly number[];
  /** Whether the session holds the columns; else every chunk brings its batches. */
  readonly resident: boolean;
  /** Whether the session's rows are mixed or chosen. */
  readonly gathers: boolean;
  /** How the data were made. */
  readonly label: string;
  /** What must be true before the first step. */
  checks(where: string, targets: readonly Targets[], dtype: DType, missing: Features): Check[];
  /** Throws `DataError` for the first row in memory that a layer refuses; batches of a stream are looked at as they come. */
  inspect(where: string, model: Model, published?: Published): Promise<void>;
  /** Rows for the data check, of so many numbers at most: evenly spread; of a stream, from its first batch. */
  look(numbers: number): Sample | Promise<Sample>;
  /** x alone, block by block, as often as somebody asks: of the rows that an epoch may read. */
  blocks(): Iterable<NDArray> | AsyncIterable<NDArray>;
  /** `steps`: the program for a batch of other types. */
  supply(about: Compiled): Supply;
  close(): Promise<void>;
}

export interface FlowOptions {
  readonly where: string;
  /** Before names in messages: `validation.` */
  readonly prefix: string;
  readonly batchSize: number;
  readonly dropLast: boolean;
  /** Mixes rows in memory that nobody has mixed. */
  readonly shuffle: boolean;
  readonly seed: number;
  readonly stepsPerEpoch?: number | undefined;
  /** Batches that are prepared ahead of the core. */
  readonly prefetch?: number | undefined;
  /** The data are evaluated: every epoch is the first. */
  readonly sameEpoch: boolean;
  /** Where a resumed run goes on, and its whole batch. */
  readonly from?: { readonly place: Place; readonly batchSize: number } | undefined;
}

/** Batch sizes that occur, the greatest first. */
export function batchSizes(rows: number, batchSize: number, dropLast: boolean): number[] {
  const rest = rows % batchSize;
  return rest === 0 || dropLast ? [batchSize] : rows < batchSize ? [rest] : [batchSize, rest];
}

export const stepsOf = (rows: number, batchSize: number, dropLast: boolean): number =>
  dropLast ? Math.floor(rows / batchSize) : Math.ceil(rows / batchSize);

/** Columns in memory, in the core's order. */
export function columnFlow(columns: Columns, batchSize: number, dropLast: boolean, shuffle: boolean): Flow {
  const rows = rowsOf(columns.x);
  const size = Math.min(batchSize, rows);
  return {
    columns,
    rows,
    batchSize: size,
    askedBatchSize: batchSize,
    stepsPerEpoch: stepsOf(rows, size, dropLast),
    sizes: batchSizes(rows, size, dropLast),
    resident: true,
    gathers: shuffle,
    label: 'columns',
    checks: (where, targets, dtype, missing) => dataChecks(where, columns, targets, dtype, missing),
    inspect: (where, model, published) => inspect(where, model, columns.x, published),
    look: (numbers) => columnSample(columns, rowsWithin(numbers, columns.x)),
    blocks: () => blocksOf(columns.x.values),
    supply: () => columnSupply(stepsOf(rows, size, dropLast)),
    close: async () => undefined,
  };
}

/** Opens a dataset. Undefined if that was cut off. Throws what its source throws. */
export async function openFlow(dataset: Dataset, options: FlowOptions, cancelled: Promise<unknown>): Promise<Flow | undefined> {
  const { batchSize: size, dropLast } = options;
  const batchesOf = (source: Source) => (dataset.batched ? (source as Source<Batch>) : new Batched(source, { size, dropLast }));
  const batches = dataset.batched ? batchesOf(dataset.source) : batchesOf(mixed(dataset.source, options));
  if (batches instanceof Batched && options.stepsPerEpoch === undefined) {
    const { rows } = batches;
    if (rows instanceof Selection && rows.isPlain && rows.order.constant !== 'nothing' && rows.table.columns!.y) {
      return orderFlow(rows, batches, options);
    }
  }
  const opened = await openSource(options.where, batches, options.sameEpoch ? 0 : (options.from?.place.pass ?? 0), cancelled);
  return opened && streamFlow(opened, batches, batchesOf(dataset.source), options, cancelled);
}

/** Rows in memory that nobody has mixed, mixed if that is wanted. */
function mixed(source: Source, { shuffle, seed, sameEpoch }: FlowOptions): Source {
  if (!shuffle || sameEpoch || !(source instanceof Selection) || source.order.shuffled) return source;
  return source.with(shuffled(source.order, seed), `shuffle(seed ${seed})`);
}

async function orderFlow(selection: Selection, { batching, label }: Batched, options: FlowOptions): Promise<Flow> {
  const { order, table } = selection;
  const { where, prefix } = options;
  const named = (column: Column): Column => ({ ...column, name: `${prefix}${column.name}` });
  const { x, y, weights } = table.columns!;
  const columns: Columns = { x: named(x), y: named(y!), weights: weights && named(weights) };
  const rows = (await order.of(0)).length;
  const { dropLast } = batching;
  if (rows === 0 || (dropLast && rows < batching.size)) {
    const found = rows === 0 ? 'has no rows' : `has ${rows} rows, with dropLast fewer than one batch of ${batching.size}`;
    throw new DataError(`${where}: the dataset ${selection.label} ${found}`, { op: where });
  }
  const reach = await order.reach();
  const whole = reach.length === rowsOf(columns.x) && reach.every((row, i) => row === i);
  const batchSize = Math.min(batching.size, rows);
  const stepsPerEpoch = stepsOf(rows, batchSize, dropLast);
  return {
    columns,
    rows,
    batchSize,
    askedBatchSize: batching.size,
    stepsPerEpoch,
    sizes: batchSizes(rows, batchSize, dropLast),
    resident: true,
    gathers: true,
    label,
    checks: (_, targets, dtype, missing) =>
      whole ? dataChecks(where, columns, targets, dtype, missing) : partChecks(where, columns, reach, targets, dtype, missing),
    inspect: async (where, model, published) => {
      if (whole) return inspect(where, model, columns.x, published);
      for (const part of rowParts(columns.x, reach)) await inspect(where, model, part, published);
    },
    look: async (numbers) => {
      const most = rowsWithin(numbers, columns.x);
      return whole ? columnSample(columns, most) : chosenSample(columns, reach, most);
    },
    blocks: () => (whole ? blocksOf(columns.x.values) : rowBlocks(columns.x, reach)),
    supply: () => new OrderSupply(options.sameEpoch ? firstEpoch(order) : order, batchSize, stepsPerEpoch),
    close: async () => undefined,
  };
}

const firstEpoch = (order: Selection['order']): Selection['order'] => ({ ...order, of: () => order.of(0) });

/** Rows of a check that are gathered at once. */
const CHECKED_ELEMENTS = 2 ** 18;

/** The checks of columns, for the rows that can come up. */
function partChecks(
  where: string,
  columns: Columns,
  rows: Int32Array,
  targets: readonly Targets[],
  dtype: DType,
  missing: Features,
): Check[] {
  const { x, y, weights } = columns;
  const width = (x.values.size + y.values.size) / rowsOf(x);
  const each = Math.max(1, Math.floor(CHECKED_ELEMENTS / width));
  const parts = function* () {
    for (let begin = 0; begin < rows.length; begin += each) {
      if (begin > 0) yield;
      const some = rows.subarray(begin, begin + each);
      const part = (column: Column): Column => chosenRows(column, some);
      runChecksSync(dataChecks(where, { x: part(x), y: part(y), weights: weights && part(weights) }, targets, dtype, missing));
    }
  };
  return [parts()];
}

/** What is prepared ahead unless the option says: about so many bytes, at most so many batches. */
const AHEAD_BYTES = 4e6;
const AHEAD_BATCHES = 32;

/** `unmixed`: the same rows in an order of their own, for sums over all of them. */
function streamFlow(
  opened: OpenSource,
  batches: Source<Batch>,
  unmixed: Source<Batch>,
  options: FlowOptions,
  cancelled: Promise<unknown>,
): Flow {
  const { where, prefix, stepsPerEpoch, sameEpoch, from } = options;
  const columns = batchColumns(where, prefix, opened.first, 0);
  const rows = rowsOf(columns.x);
  // Sums of losses count batches of this size as one: a resumed run has the size that it began with.
  const batchSize = from?.batchSize ?? rows;
  const bytes = [columns.x, columns.y].reduce((sum, { values }) => sum + values.size * 4, 0);
  const prefetch = options.prefetch ?? Math.min(Math.max(Math.floor(AHEAD_BYTES / bytes), 1), AHEAD_BATCHES);
  return {
    columns,
    rows: Number.POSITIVE_INFINITY,
    batchSize,
    askedBatchSize: batchSize,
    stepsPerEpoch: stepsPerEpoch ?? Number.POSITIVE_INFINITY,
    sizes: [rows],
    resident: false,
    gathers: false,
    label: batches.label,
    checks: () => [],
    inspect: async () => undefined,
    look: (numbers) => batchSample([columns], rowsWithin(numbers, columns.x), undefined),
    blocks: () => streamBlocks(where, unmixed, cancelled),
    supply: (compiled) =>
      new StreamSupply(opened, {
        stepsPerEpoch,
        prefetch,
        sameEpoch,
        from: from?.place ?? { pass: 0, batch: 0 },
        batches: new BatchPrograms(where, prefix, columns, compiled),
      }),
    close: async () => {
      await opened.iterator.return?.();
    },
  };
}

/** Chosen rows of a column, so many at a time. */
function* rowParts(column: Column, rows: Int32Array): Generator<Column> {
  const each = Math.max(1, Math.floor((CHECKED_ELEMENTS * rowsOf(column)) / column.values.size));
  for (let begin = 0; begin < rows.length; begin += each) yield chosenRows(column, rows.subarray(begin, begin + each));
}

function* rowBlocks(column: Column, rows: Int32Array): Generator<NDArray> {
  for (const { values } of rowParts(column, rows)) yield values;
}

const chosenRows = ({ name, values }: Column, rows: Int32Array): Column => ({
  name,
  values: new NDArray(values.native.take(rows)),
  numberOf: (place) => rows[place]!,
});

/** Ends early if it is cut off, also while the source does not answer. */
async function* streamBlocks(where: string, batches: Source<Batch>, cancelled: Promise<unknown>): AsyncGenerator<NDArray> {
  if (batches.once) {
    throw new DataError(
      `${where}: the model has layers whose statistics are fitted to the data, but these can be read only once; pass a factory, () => source, or fit the layers before`,
      { op: where },
    );
  }
  const iterator = batches.read(0)[Symbol.asyncIterator]();
  const next = () => nextBatch(batches, iterator, cancelled);
  try {
    for (let result = await next(); result && !result.done; result = await next()) yield result.value.x;
  } finally {
    // A source that was cut off closes when it answers, if ever.
    const closed = iterator.return?.();
    await Promise.race([closed, cancelled]);
  }
}

/** The step of a training run for other types than the first. */
export const traced =
  (spec: StepSpec) =>
  (columns: Columns, rows: number): Step =>
    traceStep(spec, columns, rows);
