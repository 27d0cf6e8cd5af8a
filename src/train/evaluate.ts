import { dataChecks, runChecks } from '../data/check.js';
import { type ColumnInput, type Columns, checkRows, column, type Data, dataColumns, rowsOf } from '../data/columns.js';
import { SlalomError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import { fromNative } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import { checkOptions, custom, optional, positiveInteger, type Rules, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import { EVALUATION_BATCH, runEvaluation } from './evaluation.js';
import type { Scores } from './events.js';
import { nestedOf } from './input.js';
import { inspect } from './inspect.js';
import { type Published, readable } from './lease.js';
import { checkModel, lossRule, metricsRule } from './options.js';
import { checkMetrics } from './outputs.js';
import { cachedSteps } from './programs.js';
import { type OpenSession, openSession } from './session.js';
import type { StepSpec } from './step.js';

export interface EvaluateOptions<M extends readonly MetricLike[] = readonly MetricLike[]> {
  /** Reported as `loss`, if given. */
  readonly loss?: Loss;
  readonly metrics?: M;
  /** Rows that are computed at once; changes no metric, and the loss by rounding only. Default 256. */
  readonly batchSize?: number;
  /** One number a row, 0 or more, for loss and metrics. */
  readonly sampleWeights?: ColumnInput;
}

/** Loss, if there is one, and metrics by name. */
export type Evaluation<O extends EvaluateOptions> = (O extends { readonly loss: Loss } ? { readonly loss: number } : unknown) &
  (O['metrics'] extends readonly MetricLike[] ? MetricValues<O['metrics']> : unknown);

const rules = {
  loss: optional(lossRule()),
  metrics: metricsRule(),
  batchSize: withDefault(positiveInteger(), EVALUATION_BATCH),
  sampleWeights: optional(custom<ColumnInput>('an array of one number a row', (value) => typeof value === 'object' && value !== null)),
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
export async function evaluate<const O extends EvaluateOptions>(model: Model, data: Data, options: O): Promise<Evaluation<O>> {
  const site = callSite();
  const { loss, metrics, batchSize, sampleWeights } = checkOptions('evaluate', options, rules);
  const weights = sampleWeights === undefined ? undefined : column('evaluate', 'sampleWeights', sampleWeights);
  const checked = checkModel('evaluate', model);
  const columns: Columns = { ...dataColumns('evaluate', 'data', data, nestedOf(checked)), weights };
  if (weights) checkRows('evaluate', [columns.x, weights]);
  const published = readable('evaluate', checked);
  const spec: StepSpec = {
    where: 'evaluate',
    model: checked,
    loss,
    metrics: checkMetrics('evaluate', metrics),
    seed: 0,
    batchSize: Math.min(batchSize, rowsOf(columns.x)),
  };
  const steps = cachedSteps(spec, columns, [loss, ...metrics]);
  const session = openSession(spec, columns, steps, { shuffle: false, dropLast: false, pin: true }, published);
  try {
    const { loss: value, ...others } = await measure(session, columns, checked, published);
    return (loss ? { loss: value, ...others } : others) as Evaluation<O>;
  } catch (error) {
    const ours = fromNative(error);
    throw ours instanceof SlalomError ? site(ours) : ours;
  }
}

async function measure(
  session: OpenSession,
  columns: Columns,
  model: Model,
  published: Published | undefined,
): Promise<{ readonly loss: number } & Scores> {
  try {
    await runChecks(dataChecks('evaluate', columns, session.targets, model.dtype, model.inputTraits().missing), () => false);
    await inspect('evaluate', model, columns.x, published);
    return (await runEvaluation(session))!;
  } finally {
    await session.native.close();
  }
}
