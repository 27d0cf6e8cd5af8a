/** From what users have to a dataset. */

import { DataError, describe, OptionError } from '../errors.js';
import { bool, checkOptions, custom, optional, type Rules, withDefault } from '../options.js';
import { isPlain } from '../plain.js';
import { NDArray } from '../tensor/ndarray.js';
import { checkedBatches } from './batching.js';
import { type ColumnInput, checkRows, column } from './columns.js';
import { Dataset } from './dataset.js';
import { type Frame, frameOf, recordFrame } from './frames.js';
import { chooseFields, chosen, type FieldChoice, isFieldNames } from './names.js';
import type { Batch } from './row.js';
import { Selection } from './selection.js';
import { type AnyIterable, flattened, isIterable, opened } from './streams.js';
import { type ColumnRow, ColumnTable, type TableColumns } from './table.js';

export interface DatasetOptions {
  /** For records and tables: the fields that make x, y and weight. */
  readonly columns?: FieldChoice;
  /** The source gives whole batches { x, y } with rows along the first axis. Default false: rows, or arrays of rows. */
  readonly batched?: boolean;
}

/** Columns in memory. */
export interface MemoryData {
  /** [rows, …] */
  readonly x: ColumnInput;
  /** [rows, …] */
  readonly y?: ColumnInput;
  /** [rows], 0 or more. */
  readonly weights?: ColumnInput;
}

/** Rows, or arrays of rows; a function is called with the number of the epoch, from 0. */
export type StreamInput<T> = AnyIterable<T> | ((epoch: number) => AnyIterable<T> | Promise<AnyIterable<T>>);

type Flat<T> = T extends readonly (infer R extends object)[] ? R : T;

const isChoice = (value: unknown): boolean =>
  isPlain(value) &&
  isFieldNames(value.x) &&
  (value.y === undefined || isFieldNames(value.y)) &&
  (value.weight === undefined || (isFieldNames(value.weight) && !Array.isArray(value.weight))) &&
  Object.keys(value).every((key) => key === 'x' || key === 'y' || key === 'weight');

const rules = {
  columns: optional(custom<FieldChoice>('names of fields, { x: ["a", "b"], y: "label" }', isChoice)),
  batched: withDefault(bool(), false),
} satisfies Rules<DatasetOptions>;

/**
 * A dataset from columns in memory, from rows, from a stream or from a function that opens one.
 *
 *     dataset({ x, y })                                     // typed arrays, NDArrays, nested arrays
 *     dataset([{ x: [0, 1], y: 1 }, …])                     // rows
 *     dataset(() => readRows('rows.bin'))                   // any iterable or async iterable of rows,
 *                                                           // or of arrays of rows; opened anew for every epoch
 *     dataset(stream)                                       // of one epoch only
 *     dataset(() => batches(), { batched: true })           // objects { x, y } of whole batches
 *     dataset(table, { columns: { x: ['a', 'b'], y: 'c' } }) // Arrow tables, records, objects of columns
 *
 * Columns are copied, but for `NDArray`s; rows and tables are read when they are needed. Numbers in
 * plain arrays become f32, also for models that prepare their data in f64: a Float64Array keeps all digits.
 */
export function dataset(data: MemoryData): Dataset<ColumnRow>;
export function dataset(
  source: StreamInput<unknown> | object,
  options: { readonly columns: FieldChoice },
): Dataset<{ x: number | number[]; y?: number | number[]; weight?: number }>;
export function dataset(source: StreamInput<unknown>, options: { readonly batched: true }): Dataset<Batch>;
export function dataset<T>(source: StreamInput<T>, options?: DatasetOptions): Dataset<Flat<T>>;
export function dataset(source: unknown, options?: DatasetOptions): Dataset<never> {
  return makeDataset(source, options) as Dataset<never>;
}

function makeDataset(input: unknown, options: unknown): Dataset<unknown> {
  const { columns, batched } = checkOptions('dataset', options, rules);
  if (columns && batched) throw new OptionError('dataset: columns names fields of rows, it excludes batched');
  const frame = frameOf(input) ?? (columns && isPlain(input) ? recordFrame(input) : undefined);
  if (frame) return fromFrame(frame, columns);
  if (isPlain(input)) return fromColumns(input, batched);
  if (Array.isArray(input) && !batched) return fromRows(input, columns);
  const source = sourceOf(input);
  if (batched) return new Dataset(checkedBatches(source), true);
  const rows = new Dataset<unknown>(
    flattened(source, (element) => rowsOf(element, columns)),
    false,
  );
  return columns ? choose(rows, columns) : rows;
}

function sourceOf(input: unknown) {
  if (typeof input === 'function') return opened('stream', false, input as (epoch: number) => unknown);
  if (input instanceof NDArray || ArrayBuffer.isView(input) || !isIterable(input)) {
    throw new OptionError(
      `dataset: found ${describe(input)}, expected columns { x, y }, an array of rows, an iterable or async iterable of rows, or a function that gives one`,
      { op: 'dataset', found: describe(input) },
    );
  }
  // An iterator can be read once, what makes iterators anew each time can be read again.
  const once = Symbol.asyncIterator in input || !(Array.isArray(input) || input instanceof Set || input instanceof Map);
  return opened('stream', once, () => input);
}

/** Rows inside an element of a stream: arrays of rows as databases give them, record batches. */
function rowsOf(element: unknown, columns: FieldChoice | undefined): Iterable<unknown> | undefined {
  const frame = frameOf(element);
  if (frame) return frameRows(frame, columns);
  const isChunk = Array.isArray(element) && (element.length === 0 || (typeof element[0] === 'object' && element[0] !== null));
  return isChunk ? element : undefined;
}

function choose(rows: Dataset<unknown>, columns: FieldChoice): Dataset<unknown> {
  const read = chooseFields(columns);
  return rows.mapBy((row, _epoch, index) => (isChosen(row) ? row.fields : read(row, index)), `columns(${JSON.stringify(columns)})`);
}

/** Rows of record batches have been chosen already. */
class Chosen {
  constructor(readonly fields: unknown) {}
}
const isChosen = (row: unknown): row is Chosen => row instanceof Chosen;

function* frameRows(frame: Frame, columns: FieldChoice | undefined): Generator<Chosen> {
  const read = frameReader(frame, columns);
  for (let row = 0; row < frame.rows; row++) yield new Chosen(read(row));
}

function frameReader(frame: Frame, columns: FieldChoice | undefined): (row: number) => unknown {
  if (!columns)
    throw new OptionError('dataset: a table needs the option columns, for example { x: ["a", "b"], y: "label" }', { op: 'dataset' });
  const opened = new Map<string | number, (row: number) => unknown>();
  for (const names of [columns.x, columns.y ?? [], columns.weight ?? []]) {
    for (const name of [names].flat() as (string | number)[]) opened.set(name, frame.column(name));
  }
  return (row) =>
    chosen(
      columns,
      (name) => opened.get(name)!(row),
      () => frame.names,
      row,
    );
}

function fromFrame(frame: Frame, columns: FieldChoice | undefined): Dataset<unknown> {
  checkNotEmpty('the table', frame.rows);
  return new Dataset(Selection.of({ rows: frame.rows, at: frameReader(frame, columns) }, 'table'), false);
}

function fromRows(rows: readonly unknown[], columns: FieldChoice | undefined): Dataset<unknown> {
  checkNotEmpty('the array', rows.length);
  const list = new Dataset<unknown>(Selection.of({ rows: rows.length, at: (row) => rows[row] }, 'rows'), false);
  return columns ? choose(list, columns) : list;
}

function fromColumns(input: Readonly<Record<string, unknown>>, batched: boolean): Dataset<unknown> {
  if (batched) throw new OptionError('dataset: columns in memory are no source of batches; leave batched out and call batch()');
  for (const key of Object.keys(input)) {
    if (key === 'x' || key === 'y' || key === 'weights') continue;
    throw new OptionError(
      `dataset: unknown field ${JSON.stringify(key)}, expected { x, y, weights }; for other names give the option columns`,
      { op: 'dataset', found: key },
    );
  }
  const x = column('dataset', 'x', input.x);
  const y = input.y === undefined ? undefined : column('dataset', 'y', input.y);
  const weights = input.weights === undefined ? undefined : column('dataset', 'weights', input.weights);
  if (weights && weights.values.rank !== 1) {
    throw new DataError(`dataset: weights has the shape [${weights.values.shape.join(', ')}], expected one number a row`, {
      op: 'dataset',
    });
  }
  checkRows('dataset', [x, ...(y ? [y] : []), ...(weights ? [weights] : [])]);
  const columns: TableColumns = { x, y, weights };
  return new Dataset<unknown>(Selection.of(new ColumnTable(columns), 'columns'), false);
}

function checkNotEmpty(what: string, rows: number): void {
  if (rows === 0) throw new DataError(`dataset: ${what} is empty, expected one row or more`, { op: 'dataset' });
}
