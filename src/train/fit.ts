import { setImmediate as turn } from 'node:timers/promises';
import { runChecks } from '../data/check.js';
import type { Data } from '../data/columns.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import { callSite, type Site } from '../stack.js';
import { attempt } from './attempt.js';
import { inspectRows, inspectStream } from './dataCheck/beforeFit.js';
import { Driver } from './driver.js';
import type { Scores } from './events.js';
import { inMemory } from './flows.js';
import type { History } from './history.js';
import type { FitOptions } from './options.js';
import { located } from './plan.js';
import { checkTask, type Prepared, prepare, type Task } from './prepare.js';
import { emptyHistory, isReady, makeReady } from './ready.js';
import { FitRun } from './run.js';
import type { StreamedData } from './streamed.js';

/**
 * Trains a model. The model, the loss and the update rule are traced; the compiler and the steps then
 * run off the JavaScript thread, many steps at a time.
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
    const flows = inMemory(task);
    return { task, prepared: flows && isReady(task) ? prepare(task, flows, undefined, site) : undefined };
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
        const prepared = started.value.prepared ?? (await makeReady(task, site, control));
        if (!prepared) return emptyHistory(task);
        // The call has traced the model: what is left to do for a run can wait.
        await turn();
        const driver = attempt(() => new Driver(prepared.plan, listeners));
        if ('error' in driver) throw await refuse(prepared, driver.error, site);
        control.drive(driver.value);
        return await supervise(control, prepared, driver.value, task, site);
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

/** Everything as it was before the call. */
async function refuse({ plan, revoke }: Prepared, error: unknown, site: Site): Promise<unknown> {
  await plan.close().catch(() => undefined);
  revoke();
  return located(error, site);
}

async function supervise(control: Control, prepared: Prepared, driver: Driver, task: Task, site: Site): Promise<History> {
  const cancelled = () => control.aborted;
  const { flows, look, plan } = prepared;
  await prepared
    .checks()
    .then((checks) => runChecks(checks, cancelled))
    .then(async () => inspectRows(task, await look, flows, cancelled))
    .then(() => plan.ready())
    .then(() => inspectStream(task, flows, driver, cancelled))
    .catch(async (error) => {
      throw await refuse(prepared, error, site);
    });
  return driver.run();
}
