import { OptionError } from '../errors.js';
import { alongRows, type TargetRule } from '../losses/loss.js';
import { optional, text } from '../options.js';
import { tensor } from '../tensor/functional.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * A metric in two halves. `update` is traced: it turns the predictions and targets of a batch into
 * tensors that the core adds up over batches in f64. `finalize` turns the sums into the value.
 */
export interface Metric<Name extends string = string, Value = unknown> {
  /** Its name in histories and scores. */
  readonly name: Name;
  /** Tensors of any shape, the same for every batch size. `weights` is [rows], one number a row. */
  update(prediction: Tensor, target: Tensor, weights?: Tensor): readonly Tensor[];
  /** From the sums of the tensors of `update`, flattened, in their order. */
  finalize(sums: readonly Float64Array[]): Value;
  /**
   * True: the tensors of `update` are [rows, …], and `finalize` gets all rows one after the other
   * instead of sums. For what cannot be added up, such as `rocAuc`; costs memory for every row.
   */
  readonly collects?: boolean;
  /** What this metric accepts as targets of these types; undefined: all finite numbers. */
  targets?(prediction: Tensor, target: Tensor): TargetRule | undefined;
}

/** A function of predictions and targets; the mean of what it returns, weighted by rows, is the metric. */
export type MetricFunction = (prediction: Tensor, target: Tensor) => Tensor;

/** What `metrics: […]` accepts. */
export type MetricLike = Metric | MetricFunction;

/** Values of a list of metrics by name. */
export type MetricValues<M extends readonly MetricLike[]> = {
  readonly [K in Extract<M[number], Metric> as K['name']]: K extends Metric<string, infer Value> ? Value : never;
} & ([Extract<M[number], MetricFunction>] extends [never] ? unknown : Readonly<Record<string, number>>);

export interface MetricOptions<Name extends string = string> {
  /** Under which the value is reported. Default: the name of the function that made the metric. */
  readonly name?: Name;
}

export const metricRules = { name: optional(text()) };

/** Values [rows, …] added up in f64, each row times its weight, and what they count: a mean in two halves. */
export function sumAndCount(values: Tensor, weights: Tensor | undefined): readonly Tensor[] {
  const wide = values.cast('f64');
  if (weights === undefined) return [wide.sum(), tensor(values.size, 'f64')];
  const along = alongRows(weights, wide);
  return [wide.mul(along).sum(), along.sum().mul(values.size / along.size)];
}

/** Sum over count. */
export function ratio([sum, count]: readonly Float64Array[]): number {
  return sum![0]! / count![0]!;
}

/** A user's function as a metric: the mean of what it returns for a batch, weighted by rows. */
export function fromFunction(metric: MetricFunction): Metric<string, number> {
  if (metric.name === '') {
    throw new OptionError(
      'metrics: a function without a name cannot be reported; write a named function, or a metric { name, update, finalize }',
    );
  }
  return {
    name: metric.name,
    update(prediction, target) {
      const rows = prediction.shape[0] ?? 1;
      const value = metric(prediction, target).mean();
      return [value.mul(rows), tensor(rows, value.dtype)];
    },
    finalize: ratio,
  };
}
