import type { Data } from '../data/columns.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import { callable, checkArgument, checkOptions, custom } from '../options.js';
import { callSite } from '../stack.js';
import { located } from '../train/plan.js';
import { atATime, rowsFor, type SelectOptions, selectRules } from './common.js';
import { type Curve, curve, text } from './curve.js';
import { runJobs } from './jobs.js';
import type { SelectData } from './rowSet.js';
import { splitsOf } from './splits/options.js';
import { type FoldContext, runTrial, specOf } from './trial.js';

export interface ValidationCurveOptions<V, M extends readonly MetricLike[] = readonly MetricLike[], D extends SelectData = Data>
  extends SelectOptions<[value: V, context: FoldContext<D>], M> {
  /** What is varied: given to `makeModel` and to `fit`. */
  readonly values: readonly V[];
}

const rules = {
  ...selectRules,
  values: custom<readonly unknown[]>('an array of one value or more', (value) => Array.isArray(value) && value.length > 0),
};

/**
 * Scores by one hyper-parameter: where a model begins to overfit.
 *
 *     const { points } = await validationCurve((units) => makeModel(units), { x, y }, {
 *       values: [4, 16, 64],
 *       fit: () => ({ loss: losses.mse(), optimizer: optim.adam(), epochs: 20 }),
 *     });
 *
 * Otherwise as `crossValidate`; scikit-learn's `validation_curve`.
 */
export async function validationCurve<V, const M extends readonly MetricLike[] = readonly [], D extends SelectData = Data>(
  makeModel: (value: V, context: FoldContext<D>) => Model,
  data: D,
  options: ValidationCurveOptions<V, M, D>,
): Promise<Curve<V, { readonly loss: number } & MetricValues<M>>> {
  const site = callSite();
  const where = 'validationCurve';
  try {
    checkArgument(where, 'makeModel', makeModel, callable());
    const { fit, metrics, parallel, signal, values, ...rest } = checkOptions(where, options, rules);
    const rows = await rowsFor(where, data, { metrics, sampleWeights: rest.sampleWeights });
    const splits = await splitsOf(where, rows, rest);
    const spec = specOf({ where, data: rows, metrics, seed: rest.seed, folds: splits.length }, { trainScores: true });
    const jobs = (values as readonly V[]).flatMap((value) =>
      splits.map((split, i) => (stop: AbortSignal) => {
        const trial = {
          name: `value ${text(value)}, fold ${i + 1} of ${splits.length}`,
          fold: i + 1,
          split,
          makeModel: (context: FoldContext) => makeModel(value, context as never),
          options: (context: FoldContext) => (fit as (value: V, context: FoldContext) => unknown)(value, context),
        };
        return runTrial(spec, trial, stop);
      }),
    );
    return curve('value', values, await runJobs(jobs, atATime(parallel), signal)) as never;
  } catch (error) {
    throw located(error, site);
  }
}
