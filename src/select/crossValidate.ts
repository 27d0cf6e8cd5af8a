import type { Data } from '../data/columns.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import { callable, checkArgument, checkOptions, optional } from '../options.js';
import { callSite } from '../stack.js';
import { plainTable } from '../table.js';
import type { NDArray } from '../tensor/ndarray.js';
import type { History } from '../train/history.js';
import { located } from '../train/plan.js';
import { atATime, rowsFor, type SelectOptions, selectRules } from './common.js';
import { runJobs } from './jobs.js';
import { outOfFold } from './outOfFold.js';
import type { SelectData } from './rowSet.js';
import { splitsOf } from './splits/options.js';
import type { Split } from './splits/split.js';
import { isNumeric, plusMinus, type Summaries, type Summary, summaries } from './summary.js';
import { type FoldContext, runTrial, specOf } from './trial.js';

/** One model of a cross-validation, and how it did on the rows that it was not trained on. */
export interface Fold<S> extends Split {
  /** From 1. */
  readonly fold: number;
  readonly model: Model;
  readonly history: History;
  readonly scores: S;
}

export interface CrossValidateOptions<M extends readonly MetricLike[] = readonly MetricLike[], D extends SelectData = Data>
  extends SelectOptions<[FoldContext<D>], M> {
  /** Called when a fold is done, in whatever order they are. A promise is waited for. */
  readonly onFold?: (fold: Fold<{ readonly loss: number } & MetricValues<M>>) => unknown;
}

export interface CrossValidation<S> {
  /** Loss and metrics on the test rows: mean, standard deviation, and one value a fold. */
  readonly scores: Summaries<S>;
  readonly folds: readonly Fold<S>[];
  /**
   * [rows, …]: of every row by the model that was not trained on it; NaN for rows that no fold
   * tested, as the first of a time series. Undefined if splits of one's own test a row twice.
   */
  readonly predictions: NDArray | undefined;
  /** A table of the scores. */
  toString(): string;
}

const rules = { ...selectRules, onFold: optional(callable<(fold: never) => unknown>()) };

/**
 * Trains a model for every fold on the rows outside it and tests it on those inside, several folds
 * at a time.
 *
 *     const { scores } = await crossValidate(() => nn.sequential([nn.dense(3)]), { x, y }, {
 *       folds: 5, stratified: true, shuffle: true,
 *       fit: () => ({ loss: losses.crossEntropy(), optimizer: optim.adam(), epochs: 20 }),
 *       metrics: [metrics.accuracy()],
 *     });
 *     scores.accuracy.mean
 *
 * The same for any number of runs at a time. Rejects as `fit` does, with the fold and the rows of
 * the whole data in the message; the first failing fold stops the others.
 */
export async function crossValidate<const M extends readonly MetricLike[] = readonly [], D extends SelectData = Data>(
  makeModel: (context: FoldContext<D>) => Model,
  data: D,
  options: CrossValidateOptions<M, D>,
): Promise<CrossValidation<{ readonly loss: number } & MetricValues<M>>> {
  const site = callSite();
  const where = 'crossValidate';
  try {
    checkArgument(where, 'makeModel', makeModel, callable());
    const { fit, metrics, parallel, signal, onFold, ...rest } = checkOptions(where, options, rules);
    const rows = await rowsFor(where, data, { metrics, sampleWeights: rest.sampleWeights });
    const splits = await splitsOf(where, rows, rest);
    const spec = specOf({ where, data: rows, metrics, seed: rest.seed, folds: splits.length }, { predictions: true });
    const jobs = splits.map((split, i) => async (stop: AbortSignal) => {
      const fold = i + 1;
      const trial = {
        name: `fold ${fold} of ${splits.length}`,
        fold,
        split,
        makeModel: makeModel as (context: never) => Model,
        options: fit as (context: never) => unknown,
      };
      const { predictions, trainScores: _, ...result } = await runTrial(spec, trial, stop);
      const done = { fold, ...split, ...result };
      await onFold?.(done as never);
      return { done, predictions: predictions! };
    });
    const results = await runJobs(jobs, atATime(parallel), signal);
    const predictions = await outOfFold(
      rows.rows,
      splits,
      results.map((result) => result.predictions),
    );
    return validation(
      results.map(({ done }) => done),
      predictions,
    ) as never;
  } catch (error) {
    throw located(error, site);
  }
}

function validation(folds: readonly Fold<{ readonly loss: number }>[], predictions: NDArray | undefined): CrossValidation<object> {
  const scores = summaries(folds.map((fold) => fold.scores));
  return {
    scores,
    folds,
    predictions,
    toString: () => print(folds.length, scores),
  };
}

function print(folds: number, scores: Readonly<Record<string, Summary<unknown>>>): string {
  const rows = Object.entries(scores).filter(([, summary]) => isNumeric(summary));
  return plainTable([[`${folds} folds`, 'mean ± std'], ...rows.map(([name, summary]) => [name, plusMinus(summary)])]).join('\n');
}
