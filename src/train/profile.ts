/** Where the time of a step goes: what `model.profile()` does. */

import { checkFinite, runChecks } from '../data/check.js';
import { type Column, type Columns, column, dataColumns, rowsOf } from '../data/columns.js';
import { Dataset } from '../data/dataset.js';
import { OptionError } from '../errors.js';
import type { MetricLike } from '../metrics/metric.js';
import { addon } from '../native/addon.js';
import type { NativeArray, NativeFunction, NativeGraph, NativeProgram } from '../native/binding.js';
import { converted } from '../native/errors.js';
import { suggestion } from '../nearest.js';
import type { Model } from '../nn/module.js';
import { type BatchSource, installProfiler, type Profile, type ProfileBatch, type ProfileOptions } from '../nn/profiling.js';
import { checkClip, clipRules } from '../optim/clip.js';
import { Optimizer } from '../optim/optimizer.js';
import { checkOptions, instance, integer, optional, type Rules, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import type { Cell } from '../tensor/trace.js';
import { copiesOf } from './copies.js';
import { inputOf } from './input.js';
import { checkFree } from './lease.js';
import { numberValues, stepNumbers } from './numbers.js';
import { ofDataset } from './oneBatch.js';
import { checkModel, lossRule, metricsRule } from './options.js';
import { checkMetrics } from './outputs.js';
import { located } from './plan.js';
import { Profiled } from './profile/report.js';
import { prediction } from './programs.js';
import { type StepSpec, targetDType, traceStep } from './step.js';
import type { Training } from './training.js';

const WHERE = 'model.profile';

const rules = {
  ...clipRules,
  loss: optional(lossRule()),
  optimizer: optional(instance(Optimizer, 'an optimizer: optim.…')),
  metrics: metricsRule(),
  repeats: withDefault(integer(1, 100_000), 20),
  warmUps: withDefault(integer(0, 100_000), 3),
  seed: withDefault(integer(0), 0),
} satisfies Rules<ProfileOptions>;

async function profile(given: unknown, data: ProfileBatch | BatchSource, options: ProfileOptions | undefined): Promise<Profile> {
  const site = callSite();
  const model = checkModel(WHERE, given);
  const checked = checkOptions(WHERE, options, rules);
  checkClip(WHERE, checked);
  if (checked.optimizer && !checked.loss) throw new OptionError(`${WHERE}: an optimizer needs a loss`, { op: WHERE });
  if (data instanceof Dataset) return ofDataset(data, { where: WHERE, name: 'batch', site }, (batch) => profile(model, batch, options));
  const batch = data as ProfileBatch;
  checkFree(WHERE, model);
  const job = checked.loss || checked.metrics.length > 0 ? stepJob(model, batch, checked) : forwardJob(model, batch, checked.seed);
  try {
    await runChecks(
      job.columns.map((one) => checkFinite(WHERE, one, model.dtype, one.name === 'batch.x' ? model.inputTraits().missing : [])),
      () => false,
    );
    const native = await job.run.profile(job.arguments, checked.warmUps, checked.repeats);
    const { flops: peakFlops, bytes: peakBytes } = await addon.measurePeak();
    const machine = { isa: addon.isa(), threads: addon.threads(), peakFlops, peakBytes };
    const mode = checked.optimizer ? 'training' : 'inference';
    return new Profiled({ native, mode, rows: rowsOf(job.columns[0]!), dtype: model.dtype, machine });
  } catch (error) {
    throw located(error, site);
  }
}

installProfiler(profile);

/** A program over copies, and what it is called with. */
interface Job {
  readonly run: NativeFunction;
  readonly arguments: readonly NativeArray[];
  readonly columns: readonly Column[];
}

type Checked = Omit<ProfileOptions, 'metrics' | 'seed'> & { readonly metrics: readonly MetricLike[]; readonly seed: number };

function stepJob(model: Model, batch: ProfileBatch, { loss, optimizer, metrics, seed, clipNorm, clipValue }: Checked): Job {
  const { x, y } = dataColumns(WHERE, 'batch', batch);
  const columns: Columns = { x, y, weights: undefined };
  const training: Training | undefined = optimizer && { optimizer, clipping: { clipNorm, clipValue } };
  const spec: StepSpec = {
    where: WHERE,
    model,
    loss,
    metrics: checkMetrics(WHERE, metrics),
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
  const x = hasTargets ? dataColumns(WHERE, 'batch', batch).x : onlyInputs(batch);
  const made = prediction(WHERE, model, x.values);
  return { run: bindToCopies(made, seed), arguments: [x.values.native], columns: [x] };
}

function onlyInputs(batch: unknown): Column {
  const { x, ...others } = typeof batch === 'object' && batch !== null ? (batch as { x?: unknown }) : {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new OptionError(`${WHERE}: batch has an unknown field ${JSON.stringify(unknown)}${suggestion(unknown, ['x', 'y'])}`, {
      op: WHERE,
    });
  }
  return column(WHERE, 'batch.x', x);
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
