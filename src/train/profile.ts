/** Where the time of a step goes. */

import { checkFinite, runChecks } from '../data/check.js';
import { type Column, type ColumnInput, type Columns, column, dataColumns, rowsOf } from '../data/columns.js';
import { OptionError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import type { MetricLike } from '../metrics/metric.js';
import { addon } from '../native/addon.js';
import type { NativeArray, NativeFunction, NativeGraph, NativeProgram } from '../native/binding.js';
import { converted } from '../native/errors.js';
import { suggestion } from '../nearest.js';
import type { Model } from '../nn/module.js';
import { type ClipOptions, checkClip, clipRules } from '../optim/clip.js';
import { Optimizer } from '../optim/optimizer.js';
import { checkOptions, instance, integer, optional, type Rules, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import type { Cell } from '../tensor/trace.js';
import { copiesOf } from './copies.js';
import { inputOf } from './input.js';
import { checkFree } from './lease.js';
import { numberValues, stepNumbers } from './numbers.js';
import { checkModel, lossRule, metricsRule } from './options.js';
import { checkMetrics } from './outputs.js';
import { located } from './plan.js';
import { Profile } from './profile/report.js';
import { prediction } from './programs.js';
import { type StepSpec, targetDType, traceStep } from './step.js';
import type { Training } from './training.js';

export interface ProfileOptions extends ClipOptions {
  /** Needed by an optimizer. */
  readonly loss?: Loss;
  /** Makes it a training step: forward, backward and update. Without one: inference. */
  readonly optimizer?: Optimizer;
  readonly metrics?: readonly MetricLike[];
  /** Runs that are timed. Default 20. */
  readonly repeats?: number;
  /** Runs before those. Default 3. */
  readonly warmUps?: number;
  /** Of draws, and of the weights of a model that has none yet. Default 0. */
  readonly seed?: number;
}

/** Inputs, and targets where a loss or a metric needs them. */
export interface ProfileBatch {
  /** [rows, …] */
  readonly x: ColumnInput;
  /** [rows, …] */
  readonly y?: ColumnInput;
}

const rules = {
  ...clipRules,
  loss: optional(lossRule()),
  optimizer: optional(instance(Optimizer, 'an optimizer: optim.…')),
  metrics: metricsRule(),
  repeats: withDefault(integer(1, 100_000), 20),
  warmUps: withDefault(integer(0, 100_000), 3),
  seed: withDefault(integer(0), 0),
} satisfies Rules<ProfileOptions>;

/**
 * Runs one step again and again and says where its time goes: for every kernel and every layer time,
 * arithmetic, bytes, and the share of what this machine can do at most, which is measured too.
 *
 *     const report = await profile(model, { x, y }, { loss: losses.crossEntropy(), optimizer: optim.adam() });
 *     console.log(`${report}`);
 *     await report.writeTrace('step.json'); // for chrome://tracing or ui.perfetto.dev
 *
 * With an optimizer the step is that of `fit`: forward, loss, metrics, backward and update. Without
 * one it is the forward pass in inference mode, then loss and metrics if they are given. All rows are
 * one batch. It works on copies, with a learning rate of 0: model and optimizer are as they were. It
 * runs off the JavaScript thread, and needs the machine for itself to say something.
 *
 * Rejects as `fit` does: options, shapes and data, `MODEL_BUSY` during a run, `NonFiniteError` if the
 * loss or a gradient is not finite.
 */
export async function profile(model: Model, batch: ProfileBatch, options?: ProfileOptions): Promise<Profile> {
  const site = callSite();
  const checked = checkModel('profile', model);
  checkFree('profile', checked);
  const given = checkOptions('profile', options, rules);
  checkClip('profile', given);
  if (given.optimizer && !given.loss) throw new OptionError('profile: an optimizer needs a loss', { op: 'profile' });
  const job = given.loss || given.metrics.length > 0 ? stepJob(checked, batch, given) : forwardJob(checked, batch, given.seed);
  try {
    await runChecks(
      job.columns.map((one) => checkFinite('profile', one, checked.dtype, one.name === 'batch.x' ? checked.inputTraits().missing : [])),
      () => false,
    );
    const native = await job.run.profile(job.arguments, given.warmUps, given.repeats);
    const { flops: peakFlops, bytes: peakBytes } = await addon.measurePeak();
    const machine = { isa: addon.isa(), threads: addon.threads(), peakFlops, peakBytes };
    const mode = given.optimizer ? 'training' : 'inference';
    return new Profile({ native, mode, rows: rowsOf(job.columns[0]!), dtype: checked.dtype, machine });
  } catch (error) {
    throw located(error, site);
  }
}

/** A program over copies, and what it is called with. */
interface Job {
  readonly run: NativeFunction;
  readonly arguments: readonly NativeArray[];
  readonly columns: readonly Column[];
}

type Checked = Omit<ProfileOptions, 'metrics' | 'seed'> & { readonly metrics: readonly MetricLike[]; readonly seed: number };

function stepJob(model: Model, batch: ProfileBatch, { loss, optimizer, metrics, seed, clipNorm, clipValue }: Checked): Job {
  const { x, y } = dataColumns('profile', 'batch', batch);
  const columns: Columns = { x, y, weights: undefined };
  const training: Training | undefined = optimizer && { optimizer, clipping: { clipNorm, clipValue } };
  const spec: StepSpec = {
    where: 'profile',
    model,
    loss,
    metrics: checkMetrics('profile', metrics),
    seed,
    batchSize: rowsOf(x),
    ...(training && { training }),
  };
  const step = traceStep(spec, columns, rowsOf(x));
  const values = [x.values.native.cast(inputOf(model, x.values.dtype)), y.values.native.cast(targetDType(y.values.dtype, model.dtype))];
  return { run: bindToCopies(step, seed), arguments: [...values, ...(training ? numbersAtRest(training, model) : [])], columns: [x, y] };
}

/** What a step is given anew, with a learning rate of 0: the same work, and weights that stay. */
function numbersAtRest(training: Training, { dtype }: Model): NativeArray[] {
  const [lr, ...others] = stepNumbers(training, training.optimizer.steps);
  const values = numberValues([{ ...lr, varies: false, at: () => 0 }, ...others], 0, 1, dtype);
  return Array.from(values, (value) => addon.array(new Float32Array([value]), 'f32', []));
}

function forwardJob(model: Model, batch: ProfileBatch, seed: number): Job {
  const hasTargets = typeof batch === 'object' && batch !== null && 'y' in batch;
  const x = hasTargets ? dataColumns('profile', 'batch', batch).x : onlyInputs(batch);
  const made = prediction('profile', model, x.values.dtype, x.values.shape);
  return { run: bindToCopies(made, seed), arguments: [x.values.native], columns: [x] };
}

function onlyInputs(batch: unknown): Column {
  const { x, ...others } = typeof batch === 'object' && batch !== null ? (batch as { x?: unknown }) : {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new OptionError(`profile: batch has an unknown field ${JSON.stringify(unknown)}${suggestion(unknown, ['x', 'y'])}`, {
      op: 'profile',
    });
  }
  return column('profile', 'batch.x', x);
}

interface Compiled {
  readonly graph: NativeGraph;
  readonly program: NativeProgram;
  readonly variables: readonly Cell[];
}

function bindToCopies({ graph, program, variables }: Compiled, seed: number): NativeFunction {
  const values = copiesOf(variables, seed);
  return converted(() => {
    const natives = values.map((value) => addon.variable(value.dtype, value.shape, value));
    return addon.bind(program, natives, graph);
  });
}
