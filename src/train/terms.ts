import { type Columns, rowsOf } from '../data/columns.js';
import type { Metric } from '../metrics/metric.js';
import type { RunTerms } from './checkpoint/record.js';
import type { CheckedFitOptions } from './options.js';

/** What a run is, as far as its bits depend on it and options and data say so. */
export function termsOf(
  options: CheckedFitOptions,
  metrics: readonly Metric[],
  training: Columns,
  validation: Columns | undefined,
): RunTerms {
  const { optimizer, batchSize, seed, shuffle, dropLast, clipNorm = null, clipValue = null } = options;
  return {
    rows: rowsOf(training.x),
    validationRows: validation ? rowsOf(validation.x) : 0,
    batchSize,
    seed,
    shuffle,
    dropLast,
    optimizer: optimizer.name,
    lr: constantRate(optimizer.lr),
    clipNorm,
    clipValue,
    metrics: metrics.map(({ name }) => name),
  };
}

/** A rate that is a number; null for a schedule. */
export const constantRate = (lr: unknown): number | null => (typeof lr === 'number' ? lr : null);
