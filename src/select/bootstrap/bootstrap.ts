import { checkFinite, checkNonNegative, checkTargets, runChecks } from '../../data/check.js';
import { type ColumnInput, checkRows, column } from '../../data/columns.js';
import { Dataset } from '../../data/dataset.js';
import type { MetricLike } from '../../metrics/metric.js';
import {
  checkArgument,
  checkOptions,
  custom,
  instance,
  integer,
  numberIn,
  oneOf,
  optional,
  type Rules,
  withDefault,
} from '../../options.js';
import { callSite } from '../../stack.js';
import { mean } from '../../statistics.js';
import { checkMetrics } from '../../train/outputs.js';
import { located } from '../../train/plan.js';
import { allOf, rowSet, targetsOf } from '../rowSet.js';
import { bcaInterval, type Interval, percentileInterval } from './interval.js';
import { Resampler } from './resample.js';

export interface BootstrapOptions {
  /** How often rows are drawn anew. Default 1,000. */
  readonly samples?: number;
  /** The share of intervals that hold the true value. Default 0.95. */
  readonly level?: number;
  /** `percentile` (default), or `bca`: corrected for bias and skewness, which takes one more value of the metric for each row. */
  readonly method?: 'percentile' | 'bca';
  /** One number a row, 0 or more. */
  readonly sampleWeights?: ColumnInput;
  /** Of the draws. Default 0. */
  readonly seed?: number;
  /** Stops: rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Bootstrap {
  /** The metric of all rows. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  /** Standard deviation of the values. */
  readonly standardError: number;
  /** Of the drawn rows, ascending. */
  readonly values: Float64Array;
  /** Draws for which the metric is not a number, as `rocAuc` of rows of one class. */
  readonly skipped: number;
  /** `0.9512 [0.9401, 0.9613]` */
  toString(): string;
}

const rules = {
  samples: withDefault(integer(2), 1000),
  level: withDefault(numberIn(0, 1, 'both'), 0.95),
  method: withDefault(oneOf('percentile', 'bca'), 'percentile'),
  sampleWeights: optional(custom<ColumnInput>('an array of one number a row', (value) => typeof value === 'object' && value !== null)),
  seed: withDefault(integer(0), 0),
  signal: optional(instance(AbortSignal, 'an AbortSignal')),
} satisfies Rules<BootstrapOptions>;

const metricRule = custom<MetricLike>(
  'a metric: metrics.…() or a function (prediction, target) => Tensor',
  (value) => typeof value === 'function' || typeof (value as { update?: unknown } | null)?.update === 'function',
);

/**
 * How far a metric is to be trusted: its value over predictions that were drawn with replacement,
 * again and again (Efron 1979), and the interval that holds most of these values.
 *
 *     const { value, low, high } = await bootstrap(metrics.accuracy(), await predict(model, x), y);
 *
 * The targets may be those of the dataset that was predicted, with its weights. The metric must give a
 * number. Off the JavaScript thread; the same for the same seed.
 */
export async function bootstrap(
  metric: MetricLike,
  prediction: ColumnInput,
  target: ColumnInput | Dataset,
  options?: BootstrapOptions,
): Promise<Bootstrap> {
  const site = callSite();
  const where = 'bootstrap';
  try {
    const { samples, level, method, sampleWeights, seed, signal } = checkOptions(where, options, rules);
    const [checked] = checkMetrics(where, [checkArgument(where, 'metric', metric, metricRule)]);
    const given = target instanceof Dataset ? await targetsIn(target, sampleWeights) : { y: target, weights: sampleWeights };
    const columns = {
      prediction: column(where, 'prediction', prediction),
      target: column(where, 'target', given.y),
      weights: given.weights === undefined ? undefined : column(where, 'sampleWeights', given.weights),
    };
    const { weights } = columns;
    const all = [columns.prediction, columns.target, ...(weights ? [weights] : [])];
    checkRows(where, all);
    const stopped = () => signal?.aborted ?? false;
    await runChecks([...all.map((one) => checkFinite(where, one, 'f64')), ...(weights ? [checkNonNegative(where, weights)] : [])], stopped);
    const resampler = new Resampler(where, checked!, columns, seed);
    signal?.throwIfAborted();
    const value = await resampler.value();
    if (resampler.rule) await runChecks([checkTargets(where, columns.target, resampler.rule)], stopped);
    const drawn = new Float64Array(samples);
    for (let i = 0; i < samples; i++) {
      signal?.throwIfAborted();
      drawn[i] = await resampler.draw();
    }
    const values = drawn.filter((other) => !Number.isNaN(other)).sort();
    const leftOut: number[] = [];
    if (method === 'bca') {
      for await (const other of resampler.leaveOneOut()) {
        signal?.throwIfAborted();
        leftOut.push(other);
      }
    }
    const interval = method === 'bca' ? bcaInterval(value, values, leftOut, level) : percentileInterval(values, level);
    return result(value, interval, values, level, samples);
  } catch (error) {
    throw located(error, site);
  }
}

async function targetsIn(data: Dataset, sampleWeights: ColumnInput | undefined) {
  const set = await rowSet('bootstrap', 'target', data, { sampleWeights });
  return targetsOf('bootstrap', await set.part(allOf(set)));
}

function result(value: number, [low, high]: Interval, values: Float64Array, level: number, samples: number): Bootstrap {
  const middle = mean(values);
  const squares = values.reduce((sum, other) => sum + (other - middle) ** 2, 0);
  return {
    value,
    low,
    high,
    level,
    standardError: Math.sqrt(squares / (values.length - 1)),
    values,
    skipped: samples - values.length,
    toString: () => `${value.toPrecision(4)} [${low.toPrecision(4)}, ${high.toPrecision(4)}]`,
  };
}
