/** Datasets, streams and functions that open streams, where columns could stand. */

import type { Dataset as DatasetType } from '../data/dataset.js';
import { Dataset } from '../data/dataset.js';
import { dataset } from '../data/input.js';
import { OptionError } from '../errors.js';

/** A dataset that is not open yet. */
export interface Streamed {
  readonly dataset: DatasetType;
}

/** What becomes a dataset by itself: an async iterable of rows or arrays of rows, or a function that gives one. */
export type StreamedData =
  // biome-ignore lint/suspicious/noExplicitAny: whatever the rows are, they are checked as they come
  | DatasetType<any>
  | AsyncIterable<unknown>
  | ((epoch: number) => AsyncIterable<unknown> | Iterable<unknown> | Promise<AsyncIterable<unknown> | Iterable<unknown>>);

export const isStreamed = (data: unknown): data is StreamedData =>
  typeof data === 'function' || (typeof data === 'object' && data !== null && (data instanceof Dataset || Symbol.asyncIterator in data));

/** Throws `OptionError` for data that can be read once and are wanted more often. */
export function datasetOf(where: string, data: StreamedData, epochs: number, goesOn: boolean, name = 'data'): DatasetType {
  const made = data instanceof Dataset ? (data as DatasetType) : (dataset(data) as DatasetType);
  if (epochs > 1 && made.source.once && !goesOn) {
    throw new OptionError(
      `${where}: ${name} can be read only once, but ${epochs} epochs are asked for; pass a factory, () => source, that opens it anew for every epoch`,
      { op: where },
    );
  }
  return made;
}
