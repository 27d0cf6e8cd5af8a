import { DataError } from '../../errors.js';
import { checkArgument, checkOptions, integer, optional, positiveInteger, type Rules, withDefault } from '../../options.js';
import { checkEnough, type Split } from './split.js';

export interface TimeSeriesOptions {
  /** Default 5. */
  readonly folds?: number;
  /** Rows of a test. Default: rows / (folds + 1), rounded down. */
  readonly testRows?: number;
  /** Rows between training and test that are left out. Default 0. */
  readonly gap?: number;
  /** The last rows before a test that are trained on. Default: all. */
  readonly maxTrainRows?: number;
}

const rules = {
  folds: withDefault(integer(2), 5),
  testRows: optional(positiveInteger()),
  gap: withDefault(integer(0), 0),
  maxTrainRows: optional(positiveInteger()),
} satisfies Rules<TimeSeriesOptions>;

/**
 * Splits of rows in the order of time: every test lies after all that was trained on, and the
 * training part grows from split to split. scikit-learn's `TimeSeriesSplit`.
 */
export function timeSeriesSplit(rows: number, options?: TimeSeriesOptions): Split[] {
  const { folds, testRows, gap, maxTrainRows = rows } = checkOptions('timeSeriesSplit', options, rules);
  checkArgument('timeSeriesSplit', 'rows', rows, integer(0, 2 ** 31 - 1));
  checkEnough('timeSeriesSplit', folds, rows - 1, 'rows beside the first');
  const size = testRows ?? Math.floor(rows / (folds + 1));
  const first = rows - folds * size;
  if (first - gap <= 0) {
    throw new DataError(`timeSeriesSplit: ${folds} tests of ${size} rows and a gap of ${gap} leave nothing of ${rows} rows to train on`, {
      op: 'timeSeriesSplit',
    });
  }
  return Array.from({ length: folds }, (_, fold) => {
    const begin = first + fold * size;
    const end = begin - gap;
    return { train: between(Math.max(0, end - maxTrainRows), end), test: between(begin, begin + size) };
  });
}

const between = (begin: number, end: number): Int32Array => Int32Array.from({ length: end - begin }, (_, i) => begin + i);
