/** Functions of the user's, row by row. */

import { keyOf, Words } from './philox.js';

/** What a function of `map` may know about its row. */
export interface RowContext {
  /** Of the epoch, from 0. */
  readonly epoch: number;
  /** Of the row in its epoch, from 0. */
  readonly index: number;
  /** A number from 0 to 1, by seed, epoch and index: for augmentation that can be repeated. */
  random(): number;
}

/** A function that also knows where its row stands. */
export type RowMap = (value: unknown, epoch: number, index: number) => unknown;

export function rowMap(fn: (row: never, context: RowContext) => unknown, seed: number): RowMap {
  let key: { readonly epoch: number; readonly words: ReturnType<typeof keyOf> } | undefined;
  return (value, epoch, index) => {
    let words: Words | undefined;
    const random = () => {
      if (key?.epoch !== epoch) key = { epoch, words: keyOf(seed, 'data/map', epoch) };
      words ??= new Words(key.words, index);
      return words.uniform();
    };
    return fn(value as never, { epoch, index, random });
  };
}
