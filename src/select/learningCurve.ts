import type { Data } from '../data/columns.js';
import { DataError } from '../errors.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import { addon } from '../native/addon.js';
import type { Model } from '../nn/module.js';
import { callable, checkArgument, checkOptions, custom, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import { located } from '../train/plan.js';
import { atATime, rowsFor, type SelectOptions, selectRules } from './common.js';
import { type Curve, curve } from './curve.js';
import { runJobs } from './jobs.js';
import type { SelectData } from './rowSet.js';
import { splitsOf } from './splits/options.js';
import type { Split } from './splits/split.js';
import { type FoldContext, runTrial, specOf } from './trial.js';

export interface LearningCurveOptions<M extends readonly MetricLike[] = readonly MetricLike[], D extends SelectData = Data>
  extends SelectOptions<[FoldContext<D>], M> {
  /** How many rows are trained on: shares of the smallest training part, up to 1, or numbers of rows. Default: 5 shares from 0.1 to 1. */
  readonly sizes?: readonly number[];
}

const isSize = (size: unknown) => typeof size === 'number' && size > 0 && (size <= 1 || Number.isSafeInteger(size));

const rules = {
  ...selectRules,
  sizes: withDefault(
    custom<readonly number[]>(
      'an array of shares above 0 and up to 1, or of whole numbers',
      (value) => Array.isArray(value) && value.length > 0 && value.every(isSize),
    ),
    [0.1, 0.325, 0.55, 0.775, 1],
  ),
};

/**
 * Scores by the number of rows that are trained on: whether more data would help. If the two curves
 * have met, they would not; if test scores still get better, they would.
 *
 *     const { points } = await learningCurve(makeModel, { x, y }, { fit, metrics: [metrics.accuracy()] });
 *     points[0]!.value         // rows
 *     points[0]!.test.accuracy // { mean, std, values }
 *
 * The first rows of each training part are taken, with `shuffle` in a random order. Otherwise as
 * `crossValidate`; scikit-learn's `learning_curve`.
 */
export async function learningCurve<const M extends readonly MetricLike[] = readonly [], D extends SelectData = Data>(
  makeModel: (context: FoldContext<D>) => Model,
  data: D,
  options: LearningCurveOptions<M, D>,
): Promise<Curve<number, { readonly loss: number } & MetricValues<M>>> {
  const site = callSite();
  const where = 'learningCurve';
  try {
    checkArgument(where, 'makeModel', makeModel, callable());
    const { fit, metrics, parallel, signal, sizes, shuffle, ...rest } = checkOptions(where, options, rules);
    const rows = await rowsFor(where, data, { metrics, sampleWeights: rest.sampleWeights });
    const splits = await splitsOf(where, rows, { ...rest, shuffle });
    const orders = splits.map(({ train }, i) =>
      shuffle ? addon.permutation(rest.seed, i + 1, train.length).map((at) => train[at]!) : train,
    );
    const counts = rowCounts(where, sizes, splits);
    const spec = specOf({ where, data: rows, metrics, seed: rest.seed, folds: splits.length }, { trainScores: true });
    const jobs = counts.flatMap((count) =>
      splits.map(({ test }, i) => (stop: AbortSignal) => {
        const split = { train: orders[i]!.slice(0, count), test };
        const name = `${count} rows, fold ${i + 1} of ${splits.length}`;
        return runTrial(
          spec,
          { name, fold: i + 1, split, makeModel: makeModel as (context: never) => Model, options: fit as (context: never) => unknown },
          stop,
        );
      }),
    );
    return curve('rows', counts, await runJobs(jobs, atATime(parallel), signal)) as never;
  } catch (error) {
    throw located(error, site);
  }
}

/** Numbers of rows, ascending and without repetition. */
function rowCounts(where: string, sizes: readonly number[], splits: readonly Split[]): number[] {
  const most = splits.reduce((least, { train }) => Math.min(least, train.length), Number.POSITIVE_INFINITY);
  const shares = sizes.every((size) => size <= 1);
  const counts = sizes.map((size) => (shares ? Math.max(1, Math.floor(size * most)) : size));
  const bad = counts.findIndex((count) => count > most);
  if (bad >= 0) {
    throw new DataError(
      `${where}: sizes[${bad}] is ${sizes[bad]}, ${counts[bad]} rows; expected 1 to ${most} rows, the smallest training part`,
      {
        op: where,
      },
    );
  }
  return [...new Set(counts)].sort((a, b) => a - b);
}
