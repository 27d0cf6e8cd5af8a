import { type Check, dataChecks, runChecks } from '../data/check.js';
import { type Column, type Columns, checkRows, column, type Data, dataColumns, rowsOf } from '../data/columns.js';
import { DataError, SlalomError } from '../errors.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import { fromNative } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import { callSite } from '../stack.js';
import type { Callback } from './callbacks/callback.js';
import { progress } from './callbacks/progress.js';
import { nonFiniteStep } from './diagnose.js';
import { Driver, type RunPlan } from './driver.js';
import { EVALUATION_BATCH, runEvaluation } from './evaluation.js';
import type { Scores } from './events.js';
import { checkFree, lease, Published } from './lease.js';
import { type CheckedFitOptions, checkFitOptions, checkModel, type FitOptions } from './options.js';
import { checkMetrics } from './outputs.js';
import { FitRun } from './run.js';
import { type OpenSession, openSession, snapshot, traceSteps, type Weights } from './session.js';
import { lrScalars, type StepSpec } from './step.js';

type Site = ReturnType<typeof callSite>;

/** What `fit` has made ready when it returns. */
interface Prepared {
  readonly plan: RunPlan;
  readonly checks: readonly Check[];
  /** Takes back what the run gave the model, if it is refused. */
  readonly revoke: () => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Trains a model. The model, the loss and the update rule are traced and compiled; the steps then
 * run off the JavaScript thread, many at a time.
 *
 *     const history = await fit(model, { x, y }, {
 *       loss: losses.crossEntropy(),
 *       optimizer: optim.adam({ lr: 1e-3 }),
 *       metrics: [metrics.accuracy()],
 *       epochs: 10,
 *       validationSplit: 0.1,
 *     });
 *
 * The run can be awaited and iterated over, see `FitRun`. All errors reject it: options, shapes
 * and data (`OptionError`, `ShapeError`, `DataError` naming row and column), a model that another
 * run holds (`MODEL_BUSY`), a step whose loss or gradients are not finite (`NonFiniteError`; the
 * model keeps the weights before it), and what a callback throws. Data are copied when `fit` is
 * called, but for `NDArray`s, which cannot change.
 */
export function fit<const M extends readonly MetricLike[] = readonly []>(
  model: Model,
  data: Data,
  options: FitOptions<M>,
): FitRun<MetricValues<M>> {
  const site = callSite();
  const control: Control = { aborted: false, driver: undefined };
  const prepared = attempt(() => prepare(model, data, options, site));
  const run = new FitRun<Scores>(
    async (listeners) => {
      if ('error' in prepared) throw prepared.error;
      control.driver = new Driver(prepared.value.plan, listeners);
      return supervise(control, prepared.value, site);
    },
    () => abort(control),
  );
  return run as unknown as FitRun<MetricValues<M>>;
}

interface Control {
  aborted: boolean;
  driver: Driver | undefined;
}

function abort(control: Control): void {
  control.aborted = true;
  control.driver?.abort();
}

function attempt<T>(make: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: make() };
  } catch (error) {
    return { error };
  }
}

async function supervise(control: Control, { plan, checks, revoke, signal }: Prepared, site: Site) {
  const onAbort = () => abort(control);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted || control.aborted) onAbort();
  try {
    await runChecks(checks, () => control.aborted).catch(async (error) => {
      await plan.close();
      revoke();
      throw located(error, site);
    });
    return await control.driver!.run();
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** An error that came to light off the call's stack, at the line of the call. */
function located(error: unknown, site: Site): unknown {
  const ours = fromNative(error);
  return ours instanceof SlalomError ? site(ours) : ours;
}

function prepare(model: unknown, data: unknown, given: unknown, site: Site): Prepared {
  const trained = checkModel('fit', model);
  checkFree('fit', trained);
  const options = checkFitOptions(given);
  const metrics = checkMetrics('fit', options.metrics);
  const { training, validation } = divide(data, options);
  const rows = rowsOf(training.x);
  if (options.dropLast && rows < options.batchSize) {
    throw new DataError(`fit: with dropLast there is no step to train, ${rows} rows are fewer than batchSize ${options.batchSize}`, {
      op: 'fit',
    });
  }
  const { loss, optimizer, clipNorm, clipValue, seed, dropLast } = options;
  const shared = { where: 'fit', model: trained, loss, metrics, seed };
  const spec: StepSpec = {
    ...shared,
    batchSize: Math.min(options.batchSize, rows),
    training: { optimizer, clipping: { clipNorm, clipValue } },
  };
  const steps = traceSteps(spec, training, dropLast);
  const { variables } = steps[0]!;
  const firstStep = optimizer.steps;
  const unmade = variables.filter((cell) => !cell.initialized);
  const revoke = () => {
    for (const cell of unmade) cell.revoke();
  };
  const opened = attempt(() => {
    const published = options.publish && new Published(variables, seed);
    const evaluation = validation && openValidation(shared, validation);
    const session = attempt(() => openSession(spec, training, steps, { shuffle: options.shuffle, dropLast, pin: false }));
    if ('value' in session) return { session: session.value, evaluation, published };
    void evaluation?.native.close();
    throw session.error;
  });
  if ('error' in opened) {
    revoke();
    throw opened.error;
  }
  const { session, evaluation, published } = opened.value;
  const release = lease(trained, published);
  const plan = makePlan({ session, evaluation, published, release, options, spec, firstStep, x: training.x, site });
  const { dtype } = trained;
  const checks = [
    ...dataChecks('fit', training, session.targets, dtype),
    ...(validation ? dataChecks('fit', validation, evaluation!.targets, dtype) : []),
  ];
  return { plan, checks, revoke, signal: options.signal };
}

/** Training and validation columns. */
function divide(
  data: unknown,
  { sampleWeights, validation, validationSplit }: CheckedFitOptions,
): { training: Columns; validation?: Columns } {
  const weights = sampleWeights === undefined ? undefined : column('fit', 'sampleWeights', sampleWeights);
  const all: Columns = { ...dataColumns('fit', 'data', data), weights };
  if (weights) checkRows('fit', [all.x, weights]);
  if (validation) return { training: all, validation: { ...dataColumns('fit', 'validation', validation), weights: undefined } };
  if (validationSplit === undefined) return { training: all };
  const rows = rowsOf(all.x);
  const kept = rows - Math.round(rows * validationSplit);
  if (kept === 0 || kept === rows) {
    throw new DataError(
      `fit: validationSplit ${validationSplit} of ${rows} rows leaves ${kept} for training and ${rows - kept} for validation`,
      { op: 'fit' },
    );
  }
  const part = (begin: number, end: number): Columns => {
    const cut = ({ name, values }: Column) => ({ name, values: values.slice(begin, end) });
    return { x: cut(all.x), y: cut(all.y), weights: all.weights && cut(all.weights) };
  };
  return { training: part(0, kept), validation: part(kept, rows) };
}

/** Must be open before the training session takes its lease; it reads the variables between chunks. */
function openValidation(shared: Omit<StepSpec, 'batchSize'>, columns: Columns): OpenSession {
  const spec = { ...shared, batchSize: Math.min(EVALUATION_BATCH, rowsOf(columns.x)) };
  return openSession(spec, columns, traceSteps(spec, columns, false), { shuffle: false, dropLast: false, pin: false });
}

interface Parts {
  readonly session: OpenSession;
  readonly evaluation: OpenSession | undefined;
  readonly published: Published | undefined;
  readonly release: () => void;
  readonly options: CheckedFitOptions;
  readonly spec: StepSpec;
  /** Where a schedule begins. */
  readonly firstStep: number;
  readonly x: Column;
  readonly site: Site;
}

function makePlan({ session, evaluation, published, release, options, spec, firstStep, x, site }: Parts): RunPlan {
  const { optimizer } = options;
  const { dtype } = spec.model;
  const relocated = <T>(promise: Promise<T>) =>
    promise.catch((error: unknown) => {
      throw located(error, site);
    });
  return {
    outputs: session.outputs,
    flops: session.flops,
    rows: session.rows,
    stepsPerEpoch: session.stepsPerEpoch,
    batchSize: options.batchSize,
    epochs: options.epochs,
    callbacks: listCallbacks(options),
    run: (chunk) => relocated(session.native.run(chunk)),
    abort() {
      session.native.abort();
      evaluation?.native.abort();
    },
    rate: () => {
      const { lr } = optimizer;
      return typeof lr === 'number' ? { varies: false, at: () => lr } : { varies: true, at: (step) => optimizer.lrAt(firstStep + step) };
    },
    scalars: (lr) => lrScalars(lr, dtype),
    ...(evaluation && { validate: () => relocated(runEvaluation(evaluation)) }),
    ...(published && { publish: () => publish(session, published) }),
    snapshot: () => snapshot(session),
    restore: (weights) => restore(weights as Weights, spec),
    async explain(found, { step, lr }) {
      const weights = await snapshot(session);
      const greatestWeight = greatest(
        [...weights].filter(([cell]) => cell.dtype === dtype && isWeight(cell, spec)).map(([, value]) => value),
      );
      return site(nonFiniteStep({ found, step, lr, greatestWeight, greatestInput: greatest([x.values.native]) }));
    },
    async close() {
      await Promise.all([session.native.close(), evaluation?.native.close()]);
      release();
    },
  };
}

function isWeight(cell: unknown, { training }: StepSpec): boolean {
  return !training!.optimizer.owns(cell);
}

function greatest(values: readonly { range(): { min: number; max: number } }[]): number {
  return values.reduce((most, value) => {
    const { min, max } = value.range();
    return Math.max(most, max, -min);
  }, 0);
}

async function publish(session: OpenSession, published: Published): Promise<void> {
  for (const [cell, value] of await snapshot(session)) published.write(cell, value);
}

/** Gives the model its weights of another time; the optimizer goes on from where it is. */
function restore(weights: Weights, spec: StepSpec): void {
  for (const [cell, value] of weights) if (isWeight(cell, spec)) cell.native(spec.seed).write(value);
}

function listCallbacks({ verbose, callbacks, onEpoch, onBatch }: CheckedFitOptions): readonly Callback[] {
  const shorthand: Callback = {
    ...(onEpoch && { epochEnd: (event) => onEpoch(event as never) }),
    ...(onBatch && { batchEnd: (event) => onBatch(event as never) }),
  };
  return [...(verbose ? [progress()] : []), ...callbacks, shorthand];
}
