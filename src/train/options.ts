import type { ColumnInput, Data } from '../data/columns.js';
import { describe, OptionError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import { type Model, Module } from '../nn/module.js';
import { type ClipOptions, checkClip, clipRules } from '../optim/clip.js';
import { Optimizer } from '../optim/optimizer.js';
import {
  bool,
  callable,
  checkOptions,
  custom,
  instance,
  integer,
  listOf,
  numberIn,
  oneOf,
  optional,
  positiveInteger,
  type Rule,
  type Rules,
  text,
  withDefault,
} from '../options.js';
import type { Callback } from './callbacks/callback.js';
import { checkCallback } from './callbacks/lambda.js';
import type { BatchEvent, EpochEvent } from './events.js';
import type { StreamedData } from './streamed.js';

export interface FitOptions<M extends readonly MetricLike[] = readonly MetricLike[]> extends ClipOptions {
  /** What is minimised: `losses.…`, or any function (prediction, target) => scalar Tensor. */
  readonly loss: Loss;
  /** Its state belongs to it: a second `fit` with the same one goes on. */
  readonly optimizer: Optimizer;
  /** Measured on the training batches as they pass, and on the validation data. */
  readonly metrics?: M;
  /** Passes over the data. Default 1, or as many as `steps` needs. */
  readonly epochs?: number;
  /** The run ends after so many steps, in mid-epoch if need be, with `stopReason: 'steps'`; counted from its first one, also of a resumed run. */
  readonly steps?: number;
  /** Rows of a step. Default 32; a dataset of batches has its own. The last, smaller batch of an epoch is trained on too, unless `dropLast`. */
  readonly batchSize?: number;
  /** Of the first weights, of draws (dropout) and of the order of rows. Default 0. */
  readonly seed?: number;
  /**
   * A new order of the rows in every epoch, from (seed, epoch). Default true for rows in memory that
   * no dataset has mixed already; streams and batches come as they are.
   */
  readonly shuffle?: boolean;
  /** Leaves out the last batch of an epoch if it is smaller. Default false. */
  readonly dropLast?: boolean;
  /** One number a row, 0 or more: each row's loss is multiplied by it. Metrics are weighted too. */
  readonly sampleWeights?: ColumnInput;
  /** Loss and metrics are measured on it after every epoch. */
  readonly validation?: Data | StreamedData;
  /** Share of the rows that is kept for validation: the last ones, before any shuffling. */
  readonly validationSplit?: number;
  /**
   * Steps of an epoch of a dataset or stream that goes on where the last one stopped, and begins
   * again when it ends. Without it, an epoch is the data from begin to end.
   */
  readonly stepsPerEpoch?: number;
  /** Batches of a stream that are prepared while the core trains on as many. Default: by their bytes, 1 to 32. */
  readonly prefetch?: number;
  readonly callbacks?: readonly Callback[];
  /** Called after every epoch; a promise is waited for. */
  readonly onEpoch?: (event: EpochEvent<MetricValues<M>>) => unknown;
  /** Called after every step, which costs tens of microseconds a step. */
  readonly onBatch?: (event: BatchEvent<MetricValues<M>>) => unknown;
  /** Aborts the run: it resolves with the history so far and `stopReason: 'aborted'`. */
  readonly signal?: AbortSignal;
  /**
   * A folder that `callbacks.checkpoint` writes to: the run goes on from its last checkpoint, or
   * begins if there is none. Or the path of one checkpoint, `….safetensors`. All other arguments
   * must be those of the run that wrote it; only `epochs` and `steps` may be others.
   */
  readonly resume?: string;
  /** `epoch`: `predict` and `evaluate` work during the run, with the weights of the last epoch's end. */
  readonly publish?: 'epoch';
  /**
   * Looks for what training cannot go well with, before the first step: inputs that are all the same, inputs
   * above a million, validation rows that are training rows. `warn` (default): a process warning, each
   * once; `throw`: a `DataError`. A bounded part of the data is looked at, off the JavaScript thread: of
   * datasets that choose among rows the chosen ones, of streams the batches that the first steps read.
   */
  readonly checkData?: 'warn' | 'throw' | false;
  /** Adds `callbacks.progress()`. Default false. */
  readonly verbose?: boolean;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null;

export const lossRule = (): Rule<Loss> => ({
  ...callable<Loss>(),
  expected: 'a loss: losses.… or a function (prediction, target) => Tensor',
});

export const metricsRule = (): Rule<readonly MetricLike[]> =>
  withDefault(
    listOf(
      custom<MetricLike>('a metric: metrics.…() or a function (prediction, target) => Tensor', (value) => {
        const metric = value as { update?: unknown; finalize?: unknown } | null;
        return typeof value === 'function'
          ? value.length > 0
          : typeof metric?.update === 'function' && typeof metric.finalize === 'function';
      }),
    ),
    [],
  );

const rules = {
  ...clipRules,
  loss: lossRule(),
  optimizer: instance(Optimizer, 'an optimizer: optim.…'),
  metrics: metricsRule(),
  epochs: optional(positiveInteger()),
  steps: optional(positiveInteger()),
  batchSize: withDefault(positiveInteger(), 32),
  seed: withDefault(integer(0), 0),
  shuffle: withDefault(bool(), true),
  dropLast: withDefault(bool(), false),
  sampleWeights: optional(custom<ColumnInput>('an array of one number a row', isObject)),
  validation: optional(
    custom<Data | StreamedData>('an object { x, y }, a dataset or a stream', (value) => isObject(value) || typeof value === 'function'),
  ),
  stepsPerEpoch: optional(positiveInteger()),
  prefetch: optional(positiveInteger()),
  validationSplit: optional(numberIn(0, 1, 'both')),
  callbacks: withDefault(
    listOf(
      custom<Callback>('a callback object: callbacks.… or { epochEnd(event) { … } }', (value) => isObject(value) && !Array.isArray(value)),
    ),
    [],
  ),
  onEpoch: optional(callable<NonNullable<FitOptions['onEpoch']>>()),
  onBatch: optional(callable<NonNullable<FitOptions['onBatch']>>()),
  signal: optional(instance(AbortSignal, 'an AbortSignal')),
  resume: optional(text()),
  publish: optional(oneOf('epoch')),
  checkData: withDefault(
    custom<'warn' | 'throw' | false>(
      'one of "warn", "throw", or false',
      (value) => value === 'warn' || value === 'throw' || value === false,
    ),
    'warn',
  ),
  verbose: withDefault(bool(), false),
} satisfies Rules<FitOptions>;

export type CheckedFitOptions = ReturnType<typeof checkFitOptions>;

export function checkFitOptions(options: unknown) {
  const checked = checkOptions('fit', options, rules);
  checkClip('fit', checked);
  for (const [i, callback] of checked.callbacks.entries()) checkCallback(`fit: callbacks[${i}]`, callback);
  if (checked.validation && checked.validationSplit !== undefined) {
    throw new OptionError('fit: validation and validationSplit exclude each other', { op: 'fit' });
  }
  return checked;
}

export function checkModel(where: string, model: unknown): Model {
  if (model instanceof Module) return model as Model;
  throw new OptionError(`${where}: the first argument must be a model, found ${describe(model)}`, { op: where });
}
