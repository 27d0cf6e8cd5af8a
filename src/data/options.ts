/** What the steps of a dataset take. */

import {
  bool,
  callable,
  custom,
  finite,
  integer,
  listOf,
  numberIn,
  oneOf,
  optional,
  positive,
  positiveInteger,
  type Rule,
  type Rules,
  withDefault,
} from '../options.js';
import type { Padding } from './padding.js';

const seedRule = () => withDefault(integer(0), 0);

export interface SeedOptions {
  /** Default 0. */
  readonly seed?: number;
}

export interface ShuffleOptions extends SeedOptions {
  /** Rows of a stream that wait to be mixed. Rows in memory are always mixed whole. */
  readonly buffer?: number;
}

export interface SplitOptions extends SeedOptions {
  /** False: the parts are cut in the order of the rows. Default true. */
  readonly shuffle?: boolean;
}

export interface ClassOptions<T> extends SeedOptions {
  /** The class of a row: a number, text or a vector. Default: its y. */
  readonly by?: (row: T) => unknown;
}

export interface BalanceOptions<T> extends ClassOptions<T> {
  /** `over` (default): rows of rare classes come several times; `under`: rows of frequent ones are left out. */
  readonly method?: 'over' | 'under';
}

export interface SampleOptions<T> extends SeedOptions {
  /** How likely a row is: one number a row, or a function of the row. */
  readonly weights: readonly number[] | ((row: T) => number | Promise<number>);
  /** Rows of an epoch. Default: as many as there are. */
  readonly size?: number;
}

export interface BatchOptions {
  /** Leaves out the last batch of an epoch if it is smaller. Default false. */
  readonly dropLast?: boolean;
}

export interface PaddedBatchOptions extends Padding, BatchOptions {}

export interface BucketOptions extends Omit<Padding, 'length'> {
  /** Lengths, ascending: a bucket for all rows up to each, and one for longer rows. */
  readonly boundaries: readonly number[];
  readonly batchSize: number;
}

export interface MixupOptions extends SeedOptions {
  /** Of Beta(alpha, alpha), from which each batch draws its share. Zhang and others use 0.1 to 0.4. */
  readonly alpha: number;
  /** Turns whole-number labels into probabilities of so many classes. */
  readonly classes?: number;
}

export const shuffleRules = { seed: seedRule(), buffer: optional(positiveInteger()) } satisfies Rules<ShuffleOptions>;
export const splitRules = { seed: seedRule(), shuffle: withDefault(bool(), true) } satisfies Rules<SplitOptions>;
const by = () => optional(callable<(row: never) => unknown>());
export const classRules = { seed: seedRule(), by: by() } satisfies Rules<ClassOptions<never>>;
export const balanceRules = { ...classRules, method: withDefault(oneOf('over', 'under'), 'over') } satisfies Rules<BalanceOptions<never>>;
const weightsRule: Rule<SampleOptions<never>['weights']> = custom('an array of numbers of 0 or more, or a function of the row', (value) =>
  typeof value === 'function'
    ? true
    : (Array.isArray(value) || ArrayBuffer.isView(value)) && Array.prototype.every.call(value, (w) => Number.isFinite(w) && w >= 0),
);
export const sampleRules = { seed: seedRule(), weights: weightsRule, size: optional(positiveInteger()) } satisfies Rules<
  SampleOptions<never>
>;
export const batchRules = { dropLast: withDefault(bool(), false) } satisfies Rules<BatchOptions>;
const paddingRules = {
  value: withDefault(finite(), 0),
  y: optional(finite()),
  multipleOf: withDefault(positiveInteger(), 1),
  mask: withDefault(bool(), false),
  lengths: withDefault(bool(), false),
};
export const paddedRules = { ...paddingRules, ...batchRules, length: optional(positiveInteger()) } satisfies Rules<PaddedBatchOptions>;
export const bucketRules = {
  ...paddingRules,
  boundaries: custom<readonly number[]>(
    'lengths of 1 or more, ascending',
    (value) =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every((length, i) => Number.isSafeInteger(length) && length >= 1 && (i === 0 || length > value[i - 1])),
  ),
  batchSize: positiveInteger(),
} satisfies Rules<BucketOptions>;
export const mixupRules = { seed: seedRule(), alpha: positive(), classes: optional(integer(2)) } satisfies Rules<MixupOptions>;
export const mapRules = { seed: seedRule() } satisfies Rules<SeedOptions>;
export const sharesRule = custom<number | readonly number[]>('a share between 0 and 1, or shares above 0 that add up to 1', (value) => {
  if (!Array.isArray(value)) return numberIn(0, 1, 'both').accepts(value);
  return value.length > 1 && listOf(positive()).accepts(value) && Math.abs(value.reduce((a, b) => a + b, 0) - 1) < 1e-9;
});
