import { runChecks } from '../data/check.js';
import type { Data } from '../data/columns.js';
import { CheckpointError } from '../errors.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import { callSite, type Site } from '../stack.js';
import { attempt } from './attempt.js';
import type { Checkpoint } from './checkpoint/file.js';
import { findCheckpoint } from './checkpoint/resume.js';
import { Driver } from './driver.js';
import { EVALUATION_BATCH } from './evaluation.js';
import type { Scores } from './events.js';
import { type Flow, openFlow } from './flow.js';
import { type History, Recorder } from './history.js';
import type { FitOptions } from './options.js';
import { located } from './plan.js';
import { checkTask, type Flows, type Prepared, prepare, type Task } from './prepare.js';
import { FitRun } from './run.js';
import type { Streamed, StreamedData } from './streamed.js';

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
 *
 * Data can also be a `Dataset`, an async iterable of rows (one epoch), or a function that opens one
 * (any number). JavaScript then prepares batches while the core trains on those before; an error of
 * the source rejects the run as it is, and leaving early closes the source.
 *
 * With `callbacks.checkpoint` and `resume` a run can be killed at any moment; called again with the
 * same arguments it goes on from its last checkpoint and ends with the same bits.
 */
export function fit<const M extends readonly MetricLike[] = readonly []>(
  model: Model,
  data: Data | StreamedData,
  options: FitOptions<M>,
): FitRun<MetricValues<M>> {
  const site = callSite();
  const control = new Control();
  const started = attempt(() => {
    const task = checkTask(model, data, options);
    const flows = task.options.resume === undefined ? inMemory(task) : undefined;
    return { task, prepared: flows && prepare(task, flows, undefined, site) };
  });
  const run = new FitRun<Scores>(
    async (listeners) => {
      if ('error' in started) throw started.error;
      const { task } = started.value;
      const { signal } = task.options;
      const onAbort = () => control.abort();
      signal?.addEventListener('abort', onAbort, { once: true });
      if (signal?.aborted) onAbort();
      try {
        const prepared = started.value.prepared ?? (await late(task, control, site));
        if (!prepared) return nothingDone(task);
        const driver = attempt(() => new Driver(prepared.plan, listeners));
        if ('error' in driver) throw await refuse(prepared, driver.error, site);
        control.drive(driver.value);
        return await supervise(control, prepared, driver.value, site);
      } finally {
        signal?.removeEventListener('abort', onAbort);
      }
    },
    () => control.abort(),
  );
  return run as unknown as FitRun<MetricValues<M>>;
}

/** What ends a run from outside, also before it has begun. */
class Control {
  aborted = false;
  /** Resolves at the abort. */
  readonly cancelled: Promise<void>;
  private cancel: () => void = () => undefined;
  private driver: Driver | undefined;

  constructor() {
    this.cancelled = new Promise((resolve) => {
      this.cancel = resolve;
    });
  }

  abort(): void {
    this.aborted = true;
    this.cancel();
    this.driver?.abort();
  }

  drive(driver: Driver): void {
    this.driver = driver;
    if (this.aborted) driver.abort();
  }
}

const isOpen = (data: Flow | Streamed): data is Flow => 'columns' in data;

/** The data, if all are columns in memory. */
function inMemory({ training, validation }: Task): Flows | undefined {
  return isOpen(training) && (validation === undefined || isOpen(validation)) ? { training, validation } : undefined;
}

/** Ready when a checkpoint or the first batches have been read. Undefined after an abort. */
async function late(task: Task, control: Control, site: Site): Promise<Prepared | undefined> {
  const opened: Flow[] = [];
  try {
    const { resume } = task.options;
    const checkpoint = resume === undefined ? undefined : await findCheckpoint(resume);
    const flows = await openFlows(task, checkpoint, control, opened);
    return flows && prepare(task, flows, checkpoint, site);
  } catch (error) {
    await Promise.all(opened.map((flow) => flow.close())).catch(() => undefined);
    throw located(error, site);
  }
}

async function openFlows(
  { training, validation, options }: Task,
  checkpoint: Checkpoint | undefined,
  { cancelled }: Control,
  opened: Flow[],
): Promise<Flows | undefined> {
  const open = async (data: Flow | Streamed, more: object) => {
    if (isOpen(data)) return data;
    const { seed, shuffle, prefetch } = options;
    const given = {
      where: 'fit',
      prefix: '',
      seed,
      shuffle,
      prefetch,
      dropLast: options.dropLast,
      batchSize: options.batchSize,
      sameEpoch: false,
    };
    const flow = await openFlow(data.dataset, { ...given, ...more }, cancelled);
    if (flow) opened.push(flow);
    return flow;
  };
  const trained = await open(training, {
    stepsPerEpoch: options.stepsPerEpoch,
    from: checkpoint && placeOf(checkpoint, training, options.epochs),
  });
  if (!trained) return undefined;
  if (!validation) return { training: trained, validation: undefined };
  const held = await open(validation, { prefix: 'validation.', batchSize: EVALUATION_BATCH, dropLast: false, sameEpoch: true });
  if (held) return { training: trained, validation: held };
  await trained.close();
  return undefined;
}

/** Where a source goes on. Throws `CheckpointError` if it cannot be opened again. */
function placeOf({ name, record }: Checkpoint, training: Flow | Streamed, epochs: number) {
  if (!isOpen(training) && training.dataset.source.once) {
    throw new CheckpointError(
      `fit: the run of ${name} cannot go on with data that can be read only once; pass a factory, () => source, that opens them again`,
      { op: 'fit' },
    );
  }
  const { position, place, terms } = record;
  const over = position.epoch >= epochs;
  return { place: over ? { pass: 0, batch: 0 } : (place ?? { pass: position.epoch, batch: position.batch }), batchSize: terms.batchSize };
}

/** The history of a run that was aborted before its first batch came. */
function nothingDone({ metrics, validation }: Task): History {
  const names = metrics.map(({ name }) => name);
  return new Recorder(names, validation !== undefined).history(0, 'aborted', 0);
}

/** Everything as it was before the call. */
async function refuse({ plan, revoke }: Prepared, error: unknown, site: Site): Promise<unknown> {
  await plan.close().catch(() => undefined);
  revoke();
  return located(error, site);
}

async function supervise(control: Control, prepared: Prepared, driver: Driver, site: Site): Promise<History> {
  await runChecks(prepared.checks, () => control.aborted).catch(async (error) => {
    throw await refuse(prepared, error, site);
  });
  return driver.run();
}
