/** What must happen before a run of a model that prepares its data can be traced: its statistics come from the data or a checkpoint. */

import { runChecks } from '../data/check.js';
import { CheckpointError } from '../errors.js';
import type { Model } from '../nn/module.js';
import { adapt, fittable } from '../nn/preprocess/adapt.js';
import type { Statistic } from '../nn/preprocess/statistic.js';
import type { Site } from '../stack.js';
import { array } from '../tensor/ndarray.js';
import { environment, epochsOf } from './about.js';
import type { Checkpoint } from './checkpoint/file.js';
import { findCheckpoint, nameOf } from './checkpoint/resume.js';
import type { Flow } from './flow.js';
import { openFlows } from './flows.js';
import { type History, Recorder } from './history.js';
import { inspectors } from './inspect.js';
import { checkFree, lease } from './lease.js';
import { located } from './plan.js';
import { type Flows, type Prepared, prepare, type Task } from './prepare.js';
import type { Streamed } from './streamed.js';
import { type Described, termsOf } from './terms.js';

/** What may be aborted. */
export interface Cancellable {
  readonly aborted: boolean;
  readonly cancelled: Promise<unknown>;
}

/** Whether a run can be traced at once. */
export function isReady({ model, options }: Task): boolean {
  return options.resume === undefined && fittable(model, false).length === 0 && inspectors(model).length === 0;
}

/**
 * A run that is ready, to begin or to go on from the checkpoint that the options name. Statistics
 * are fitted to the training rows alone. Undefined if it was cancelled; then, and if it fails, the
 * model is as before.
 */
export async function makeReady(task: Task, site: Site, control: Cancellable): Promise<Prepared | undefined> {
  let undo: (() => void) | undefined;
  const opened: Flow[] = [];
  const cancelled = () => control.aborted;
  try {
    const checkpoint = task.options.resume === undefined ? undefined : await findCheckpoint(task.options.resume);
    checkFree('fit', task.model);
    undo = checkpoint && restoreStatistics(checkpoint, task.model);
    const restored = undo;
    const flows = await openFlows(task, checkpoint, control.cancelled, opened);
    checkFree('fit', task.model);
    const fitted = flows && (await withLease(task.model, () => fitStatistics(task.model, flows, cancelled)));
    if (!fitted) {
      await Promise.all(opened.map((flow) => flow.close()));
      restored?.();
      return undefined;
    }
    undo = () => {
      fitted();
      restored?.();
    };
    const prepared = prepare(task, flows, checkpoint, site);
    const revoke = () => {
      prepared.revoke();
      undo?.();
    };
    return { ...prepared, revoke };
  } catch (error) {
    await Promise.allSettled(opened.map((flow) => flow.close()));
    undo?.();
    throw located(error, site);
  }
}

async function withLease<T>(model: Model, body: () => Promise<T>): Promise<T> {
  const release = lease(model, undefined);
  try {
    return await body();
  } finally {
    release();
  }
}

/** What takes the statistics back; undefined if it was cancelled. */
async function fitStatistics(model: Model, { training, validation }: Flows, cancelled: () => boolean): Promise<(() => void) | undefined> {
  // Batches of a stream are checked as they come.
  const flows = [training, validation].flatMap((flow) => (flow ? [flow] : []));
  const { missing } = model.inputTraits();
  await runChecks(
    flows.flatMap((flow) => flow.checks('fit', [], model.dtype, missing)),
    cancelled,
  );
  const undo = await adapt({ where: 'fit', model, blocks: () => training.blocks(), refit: false, cancelled });
  try {
    if (undo) for (const flow of flows) await flow.inspect('fit', model);
    return undo;
  } catch (error) {
    undo?.();
    throw error;
  }
}

/** Statistics that the model does not have yet. */
function restoreStatistics({ name, tensors }: Checkpoint, model: Model): () => void {
  const wanted = fittable(model, false).flatMap(({ preparation }) => preparation.statistics);
  const undo = () => {
    for (const statistic of wanted) statistic.revoke();
  };
  try {
    for (const statistic of wanted) restore(name, tensors.get(nameOf('model', statistic)), statistic);
    return undo;
  } catch (error) {
    undo();
    throw error;
  }
}

function restore(name: string, stored: ReturnType<Checkpoint['tensors']['get']>, statistic: Statistic): void {
  if (!stored) throw new CheckpointError(`fit: ${name} does not fit the model: ${nameOf('model', statistic)} is missing`, { op: 'fit' });
  statistic.load(array(stored.data, { dtype: stored.dtype, shape: stored.shape }));
}

/** Of a run that was aborted before its first step. */
export function emptyHistory({ options, metrics, training, validation }: Task): History {
  const { epochs, steps } = options;
  const described = (data: Flow | Streamed): Described =>
    'dataset' in data ? { label: data.dataset.source.label, rows: Number.POSITIVE_INFINITY, askedBatchSize: options.batchSize } : data;
  const terms = termsOf(options, metrics, described(training), validation && described(validation));
  const stepsPerEpoch = 'dataset' in training ? (options.stepsPerEpoch ?? Number.POSITIVE_INFINITY) : training.stepsPerEpoch;
  return new Recorder(terms.metrics, validation !== undefined).history({
    steps: 0,
    stopReason: 'aborted',
    seconds: 0,
    options: { ...terms, epochs: epochsOf({ epochs, steps }, stepsPerEpoch), ...(steps !== undefined && { steps }), stepsPerEpoch },
    environment: environment()(),
  });
}
