import { runChecks } from '../data/check.js';
import type { Data } from '../data/columns.js';
import type { MetricLike, MetricValues } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import { callSite, type Site } from '../stack.js';
import { attempt } from './attempt.js';
import { inspectData } from './dataCheck/beforeFit.js';
import { Driver } from './driver.js';
import type { Scores } from './events.js';
import type { FitOptions } from './options.js';
import { located } from './plan.js';
import { checkTask, type Prepared, prepare, type Task } from './prepare.js';
import { emptyHistory, isReady, makeReady } from './ready.js';
import { FitRun } from './run.js';

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
 * With `callbacks.checkpoint` and `resume` a run can be killed at any moment; called again with the
 * same arguments it goes on from its last checkpoint and ends with the same bits.
 */
export function fit<const M extends readonly MetricLike[] = readonly []>(
  model: Model,
  data: Data,
  options: FitOptions<M>,
): FitRun<MetricValues<M>> {
  const site = callSite();
  const control: Control = { aborted: false, driver: undefined };
  const started = attempt(() => {
    const task = checkTask(model, data, options);
    return { task, prepared: isReady(task) ? prepare(task, undefined, site) : undefined };
  });
  const run = new FitRun<Scores>(
    async (listeners) => {
      if ('error' in started) throw started.error;
      const { task, prepared = await readyLater(control, task, site) } = started.value;
      if (!prepared) return emptyHistory(task);
      const driver = attempt(() => new Driver(prepared.plan, listeners));
      if ('error' in driver) throw await refuse(prepared, driver.error, site);
      control.driver = driver.value;
      return supervise(control, prepared, task, site);
    },
    () => abort(control),
  );
  return run as unknown as FitRun<MetricValues<M>>;
}

/** Undefined if it was aborted meanwhile. */
async function readyLater(control: Control, task: Task, site: Site): Promise<Prepared | undefined> {
  const { signal } = task.options;
  return makeReady(task, site, () => control.aborted || (signal?.aborted ?? false));
}

interface Control {
  aborted: boolean;
  driver: Driver | undefined;
}

function abort(control: Control): void {
  control.aborted = true;
  control.driver?.abort();
}

/** Everything as it was before the call. */
async function refuse({ plan, revoke }: Prepared, error: unknown, site: Site): Promise<unknown> {
  await plan.close();
  revoke();
  return located(error, site);
}

async function supervise(control: Control, prepared: Prepared, task: Task, site: Site) {
  const { signal, checkData } = task.options;
  const cancelled = () => control.aborted;
  const onAbort = () => abort(control);
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted || control.aborted) onAbort();
  try {
    await runChecks(prepared.checks, cancelled)
      .then(() => inspectData(task, checkData, cancelled))
      .catch(async (error) => {
        throw await refuse(prepared, error, site);
      });
    return await control.driver!.run();
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
