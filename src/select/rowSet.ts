/** Data whose rows can be chosen by number: columns, or a dataset of rows in memory. */

import { type Addressed, addressed } from '../data/addressed.js';
import { type ColumnInput, type Columns, checkRows, column, type Data, dataColumns, rowsOf } from '../data/columns.js';
import { Dataset } from '../data/dataset.js';
import { DataError, formatShape, OptionError } from '../errors.js';
import { type DType, sameShape } from '../tensor/dtype.js';
import { NDArray } from '../tensor/ndarray.js';
import { EVALUATION_BATCH } from '../train/evaluation.js';
import { joined } from '../train/joined.js';
import { isStreamed } from '../train/streamed.js';
import { takeRows } from '../train/takeRows.js';
import { inWhole } from './named.js';
import type { Keys } from './splits/keys.js';

/** What the functions of this room take. */
export type SelectData = Data | Dataset;

/** What a run gets of it: columns of columns, a dataset of a dataset. */
export type PartOf<D extends SelectData> = D extends Dataset ? D : { readonly x: NDArray; readonly y: NDArray };

type PartData = { readonly x: NDArray; readonly y: NDArray } | Dataset;

/** Some of the rows. */
export interface Part {
  /** As they are trained on. */
  readonly training: PartData;
  /** As something is measured on them: every row once, in order. */
  readonly measuring: PartData;
  readonly sampleWeights: NDArray | undefined;
  /** An error about a row of the part, in terms of the whole. */
  inWhole(error: unknown): unknown;
}

/** What `predict` takes of a part. */
export const inputsOf = ({ measuring }: Part): NDArray | Dataset => (measuring instanceof Dataset ? measuring : measuring.x);

export interface RowSet {
  readonly rows: number;
  /** What y says of every row's class. Throws `OptionError` unless it is one number or text a row. */
  labels(where: string): Promise<Keys>;
  part(rows: Int32Array): Promise<Part>;
}

/** `nested`: what nested arrays in x become. */
export async function rowSet(
  where: string,
  name: string,
  data: unknown,
  { sampleWeights, nested }: { readonly sampleWeights: ColumnInput | undefined; readonly nested?: DType | undefined },
): Promise<RowSet> {
  if (data instanceof Dataset) {
    if (sampleWeights === undefined) return new DatasetRows(await addressed(where, name, data));
    throw new OptionError(`${where}: sampleWeights is for columns; give the rows of a dataset a weight, or the dataset weights`, {
      op: where,
    });
  }
  if (isStreamed(data)) {
    throw new DataError(
      `${where}: ${name} must be columns { x, y } or a dataset of rows in memory, found a stream; collect its rows in an array first, dataset(rows)`,
      { op: where },
    );
  }
  const weights = sampleWeights === undefined ? undefined : column(where, 'sampleWeights', sampleWeights);
  const columns: Columns = { ...dataColumns(where, name, data, nested), weights };
  if (weights) checkRows(where, [columns.x, weights]);
  return new ColumnRows(columns);
}

/** All rows in order. */
export const allOf = ({ rows }: RowSet): Int32Array => Int32Array.from({ length: rows }, (_, row) => row);

/** What is in them is checked by each run, since a model may take missing values. */
class ColumnRows implements RowSet {
  readonly rows: number;

  constructor(private readonly columns: Columns) {
    this.rows = rowsOf(columns.x);
  }

  async labels(where: string): Promise<Keys> {
    return checkLabels(where, this.columns.y.values);
  }

  async part(rows: Int32Array): Promise<Part> {
    const { x, y, weights } = this.columns;
    const [xs, ys, ws] = await Promise.all([x, y, weights].map((one) => one && takeRows(one.values, rows)));
    const data = { x: xs!, y: ys! };
    return { training: data, measuring: data, sampleWeights: ws, inWhole: (error) => inWhole(error, rows) };
  }
}

class DatasetRows implements RowSet {
  constructor(private readonly data: Addressed) {}

  get rows(): number {
    return this.data.rows;
  }

  async labels(where: string): Promise<Keys> {
    const column = this.data.columnOfTargets;
    if (column) return checkLabels(where, column);
    const labels: (number | string)[] = [];
    for await (const row of this.data) labels.push(labelOf(where, (row as { readonly y?: unknown } | null)?.y));
    return labels;
  }

  async part(rows: Int32Array): Promise<Part> {
    const [training, measuring] = [this.data.part(rows, 'training'), this.data.part(rows, 'measuring')];
    return { training, measuring, sampleWeights: undefined, inWhole: (error) => error };
  }
}

function checkLabels(where: string, y: NDArray): NDArray {
  if (y.size === y.shape[0]) return y;
  throw notLabels(where, y.size / y.shape[0]!);
}

function labelOf(where: string, y: unknown): number | string {
  if (typeof y === 'number' || typeof y === 'string') return y;
  if (typeof y === 'boolean') return Number(y);
  const values = y instanceof NDArray ? y.data : Array.isArray(y) || ArrayBuffer.isView(y) ? (y as unknown as ArrayLike<number>) : [];
  if (values.length === 1) return values[0]!;
  throw notLabels(where, values.length);
}

const notLabels = (where: string, found: number) =>
  new OptionError(`${where}: stratified needs labels, but y has ${found} numbers a row; give stratified: labels`, { op: where });

/** x and y of a part as its batches have them; columns are one batch. */
export async function* batchesOf(where: string, { measuring: data }: Part): AsyncGenerator<{ x: NDArray; y: NDArray; weights?: NDArray }> {
  if (!(data instanceof Dataset)) {
    yield data;
    return;
  }
  for await (const { x, y, weights } of data.batches(data.batched ? undefined : EVALUATION_BATCH)) {
    if (!y) throw new DataError(`${where}: the rows have no y; expected targets for every row`, { op: where });
    yield { x, y, ...(weights && { weights }) };
  }
}

/** y and weights of all rows of a part. */
export async function targetsOf(where: string, part: Part): Promise<{ readonly y: NDArray; readonly weights: NDArray | undefined }> {
  if (!(part.measuring instanceof Dataset)) return { y: part.measuring.y, weights: part.sampleWeights };
  const ys: NDArray[] = [];
  const ws: NDArray[] = [];
  for await (const { y, weights } of batchesOf(where, part)) {
    ys.push(y);
    if (weights) ws.push(weights);
  }
  if (ws.length > 0 && ws.length < ys.length) {
    throw new DataError(`${where}: some of the rows have a weight, others have none`, { op: where });
  }
  return { y: below(where, ys), weights: ws.length > 0 ? below(where, ws) : undefined };
}

/** Parts one after the other. Throws `DataError` for targets of several lengths, as padded sequences may be. */
function below(where: string, parts: readonly NDArray[]): NDArray {
  const rest = (part: NDArray) => part.shape.slice(1);
  const other = parts.find((part) => !sameShape(rest(part), rest(parts[0]!)));
  if (!other) {
    return joined(
      parts,
      parts.reduce((sum, { shape }) => sum + shape[0]!, 0),
    );
  }
  throw new DataError(
    `${where}: targets have shape ${formatShape(rest(other))} in one batch and ${formatShape(rest(parts[0]!))} in another; expected one shape: give paddedBatch() a length`,
    { op: where },
  );
}
