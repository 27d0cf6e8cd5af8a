import { runChecks } from '../data/check.js';
import { type ColumnInput, type Columns, checkRows, column, type Data, dataColumns } from '../data/columns.js';
import { OptionError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import { checkOptions, custom, instance, optional, positiveInteger, type Rule, type Rules, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import { EVALUATION_BATCH, runEvaluation } from './evaluation.js';
import type { Scores } from './events.js';
import { columnFlow, type Flow, openFlow } from './flow.js';
import { nestedOf } from './input.js';
import { type Published, readable, valuesOf } from './lease.js';
import { checkModel, lossRule, metricsRule } from './options.js';
import { checkMetrics } from './outputs.js';
import { located } from './plan.js';
import { cachedSteps } from './programs.js';
import { type OpenSession, openSession } from './session.js';
import type { StepSpec } from './step.js';
import { type Stop, stoppable } from './stoppable.js';
import { datasetOf, isStreamed, type StreamedData } from './streamed.js';

export interface EvaluateOptions<M extends readonly MetricLike[] = readonly MetricLike[]> {
  /** Reported as `loss`, if given. */
  readonly loss?: Loss;
  readonly metrics?: M;
  /** Rows that are computed at once; changes no metric, and the loss by rounding only. Default 256. */
  readonly batchSize?: number;
  /** One number a row, 0 or more, for loss and metrics. */
  readonly sampleWeights?: ColumnInput;
  /** Stops, also within a step: rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Loss, if there is one, and metrics by name. */
export type Evaluation<O extends EvaluateOptions> = (O extends { readonly loss: Loss } ? { readonly loss: number } : unknown) &
  (O['metrics'] extends readonly MetricLike[] ? MetricValues<O['metrics']> : unknown);

const rules = {
  loss: optional(lossRule()),
  metrics: metricsRule(),
  batchSize: withDefault(positiveInteger(), EVALUATION_BATCH),
  sampleWeights: optional(custom<ColumnInput>('an array of one number a row', (value) => typeof value === 'object' && value !== null)),
  signal: optional(instance(AbortSignal, 'an AbortSignal')),
} satisfies Rules<EvaluateOptions>;

/**
 * Loss and metrics of a model on data, in inference mode, off the JavaScript thread.
 *
 *     await evaluate(model, { x, y }, { loss: losses.crossEntropy(), metrics: [metrics.accuracy()] })
 *     // { loss: 0.07, accuracy: 0.98 }
 *
 * The loss is the mean over batches, weighted by rows. The weights are those of the call, whatever
 * trains or loads the model meanwhile; during a run with `publish: 'epoch'` those of the last
 * epoch's end; during any other it throws `MODEL_BUSY`. Errors reject as those of `fit` do.
 */
export async function evaluate<const O extends EvaluateOptions>(
  model: Model,
  data: Data | StreamedData,
  options: O,
): Promise<Evaluation<O>> {
  const site = callSite();
  const checkedOptions = checkOptions('evaluate', options, rules);
  const { loss, metrics, signal } = checkedOptions;
  const checked = checkModel('evaluate', model);
  const inMemory = isStreamed(data) ? undefined : columnsOf(data, checked, checkedOptions);
  if (!inMemory) checkStreamed(data as StreamedData, options);
  const published = readable('evaluate', checked);
  // The model may be trained before the data of a stream have come.
  const own = inMemory || published ? undefined : valuesOf(checked);
  const shared = { where: 'evaluate', model: checked, loss, metrics: checkMetrics('evaluate', metrics), seed: 0 };
  const open = (flow: Flow) => openEvaluation({ ...shared, batchSize: flow.batchSize }, flow, [loss, ...metrics], published, own);
  signal?.throwIfAborted();
  const early = inMemory && open(inMemory);
  try {
    const found = await stoppable(signal, async (stop) => {
      const flow = inMemory ?? (await openStream(data as StreamedData, checkedOptions, stop));
      return flow && measure(early ?? open(flow), flow, checked, published ?? own, stop);
    });
    const { loss: value, ...others } = found!;
    return (loss ? { loss: value, ...others } : others) as Evaluation<O>;
  } catch (error) {
    throw located(error, site);
  }
}

type CheckedOptions = { readonly [K in keyof typeof rules]: (typeof rules)[K] extends Rule<infer T> ? T : never };

function columnsOf(data: unknown, model: Model, { sampleWeights, batchSize }: CheckedOptions): Flow {
  const weights = sampleWeights === undefined ? undefined : column('evaluate', 'sampleWeights', sampleWeights);
  const columns: Columns = { ...dataColumns('evaluate', 'data', data, nestedOf(model)), weights };
  if (weights) checkRows('evaluate', [columns.x, weights]);
  return columnFlow(columns, batchSize, false, false);
}

function checkStreamed(data: StreamedData, { sampleWeights, batchSize }: EvaluateOptions): void {
  if (sampleWeights !== undefined) {
    throw new OptionError('evaluate: sampleWeights is for columns; give the rows of a dataset a weight, or the dataset weights', {
      op: 'evaluate',
    });
  }
  if (datasetOf('evaluate', data, 1, false).batched && batchSize !== undefined) {
    throw new OptionError('evaluate: the dataset has batches already; leave batchSize out', { op: 'evaluate' });
  }
}

async function openStream(data: StreamedData, { batchSize }: CheckedOptions, { when }: Stop): Promise<Flow | undefined> {
  const options = { where: 'evaluate', prefix: '', batchSize, dropLast: false, shuffle: false, seed: 0, sameEpoch: true };
  return openFlow(datasetOf('evaluate', data, 1, false), options, when);
}

/** `own`: copies of the weights of the call, for what has come since and for programs that come later. */
function openEvaluation(
  spec: StepSpec,
  flow: Flow,
  parts: readonly (object | undefined)[],
  published: Published | undefined,
  own: Published | undefined,
): OpenSession {
  const steps = cachedSteps(spec, flow.columns, flow.sizes, parts);
  own?.add(steps[0]!.variables, spec.seed);
  const make = (columns: Columns, rows: number) => cachedSteps(spec, columns, [rows], parts)[0]!;
  return openSession(spec, flow, steps, { dropLast: false, pin: flow.resident }, { published: published ?? own, make });
}

/** Undefined if it was stopped. */
async function measure(
  session: OpenSession,
  flow: Flow,
  model: Model,
  published: Published | undefined,
  { stopped, when }: Stop,
): Promise<({ readonly loss: number } & Scores) | undefined> {
  void when.then(() => {
    session.native.abort();
    session.supply.abort();
  });
  try {
    await runChecks(flow.checks('evaluate', session.targets, model.dtype, model.inputTraits().missing), stopped);
    await flow.inspect('evaluate', model, published);
    if (stopped()) return undefined;
    await session.native.ready();
    return await runEvaluation(session);
  } finally {
    await session.native.close();
    await session.supply.close();
  }
}
