/** What functions of one batch take: columns, or a dataset whose rows are one batch. */

import { Batched } from '../data/batching.js';
import type { Data } from '../data/columns.js';
import type { Dataset } from '../data/dataset.js';
import type { Batch } from '../data/row.js';
import { Selection } from '../data/selection.js';
import type { Source } from '../data/source.js';
import { DataError } from '../errors.js';
import type { Site } from '../stack.js';
import { located } from './plan.js';

interface Call {
  readonly where: string;
  /** Of the argument. */
  readonly name: string;
  readonly site: Site;
}

/** Calls a function with the first batch of a dataset of batches, or with all rows of one in memory. */
export async function ofDataset<T>(dataset: Dataset, call: Call, use: (batch: Data) => Promise<T>): Promise<T> {
  try {
    return await use(await oneBatch(call, dataset));
  } catch (error) {
    throw located(error, call.site);
  }
}

/** { x, y }, or { x } where the rows have no y. */
async function oneBatch({ where, name }: Call, dataset: Dataset): Promise<Data> {
  for await (const { x, y, ...others } of (await batchesOf(where, name, dataset)).read(0)) {
    const [unread] = Object.keys(others);
    if (unread === undefined) return { x, ...(y && { y }) } as Data;
    throw new DataError(`${where}: the batch of ${name} has ${unread}, but only x and y are read here; leave ${unread} out`, { op: where });
  }
  throw new DataError(`${where}: ${name} gave no batch; expected one row or more`, { op: where });
}

async function batchesOf(where: string, name: string, { source, batched }: Dataset): Promise<Source<Batch>> {
  if (batched) return source as Source as Source<Batch>;
  if (source instanceof Selection) {
    const { length } = await source.order.of(0);
    return new Batched(source, { size: Math.max(1, length), dropLast: false });
  }
  throw new DataError(`${where}: ${name} is a stream, of which one batch is needed; say how many rows that is: batch(64)`, { op: where });
}
