import type { Metric } from '../metrics/metric.js';
import type { RunTerms } from './checkpoint/record.js';
import type { Flow } from './flow.js';
import type { CheckedFitOptions } from './options.js';

/** What terms say of data. */
export type Described = Pick<Flow, 'label' | 'rows' | 'askedBatchSize'>;

/** What a run is, as far as its bits depend on it and options and data say so. */
export function termsOf(
  options: CheckedFitOptions,
  metrics: readonly Metric[],
  training: Described,
  validation: Described | undefined,
): RunTerms {
  const { optimizer, stepsPerEpoch = null, seed, shuffle, dropLast, clipNorm = null, clipValue = null } = options;
  return {
    data: training.label,
    rows: Number.isFinite(training.rows) ? training.rows : 0,
    validationRows: validation && Number.isFinite(validation.rows) ? validation.rows : 0,
    batchSize: training.askedBatchSize,
    stepsPerEpoch,
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
