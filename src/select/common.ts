/** What the options of all functions of this room have in common. */

import type { ColumnInput } from '../data/columns.js';
import type { MetricLike } from '../metrics/metric.js';
import { addon } from '../native/addon.js';
import { callable, custom, instance, optional, positiveInteger } from '../options.js';
import type { FitOptions } from '../train/options.js';
import { metricsRule } from '../train/options.js';
import { checkMetrics } from '../train/outputs.js';
import { type RowSet, rowSet } from './rowSet.js';
import { type SplitOptions, splitRules } from './splits/options.js';

/** `Args`: what `fit` is told. */
export interface SelectOptions<Args extends readonly unknown[], M extends readonly MetricLike[]> extends SplitOptions {
  /** The options of a run. Called for every run, with a new optimizer each time. */
  readonly fit: (...args: Args) => FitOptions;
  /** Measured on the test rows, beside the loss of the run's options. */
  readonly metrics?: M;
  /** One number a row, 0 or more, for training and testing. Rows of a dataset have weights of their own. */
  readonly sampleWeights?: ColumnInput;
  /** Runs at a time; changes no result. Default: as many as there are threads, see `configure`. */
  readonly parallel?: number;
  /** Stops everything: rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

export const selectRules = {
  ...splitRules,
  fit: callable<(...args: never[]) => FitOptions>(),
  metrics: metricsRule(),
  sampleWeights: optional(custom<ColumnInput>('an array of one number a row', isObject)),
  parallel: optional(positiveInteger()),
  signal: optional(instance(AbortSignal, 'an AbortSignal')),
};

/** Runs at a time. */
export const atATime = (parallel: number | undefined): number => parallel ?? addon.threads();

/** The rows of data, with what else is said of them. */
export function rowsFor(
  where: string,
  data: unknown,
  { metrics, sampleWeights }: { readonly metrics: readonly MetricLike[]; readonly sampleWeights: ColumnInput | undefined },
): Promise<RowSet> {
  checkMetrics(where, metrics);
  return rowSet(where, 'data', data, { sampleWeights });
}
