/** From the arguments of `fit` to a run that is ready: traced, compiled, leased. */

import { type Check, dataChecks } from '../data/check.js';
import { type Column, type Columns, checkRows, column, dataColumns, rowsOf } from '../data/columns.js';
import { DataError } from '../errors.js';
import type { Metric } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import type { Site } from '../stack.js';
import type { Cell } from '../tensor/trace.js';
import { attempt } from './attempt.js';
import type { Checkpoint } from './checkpoint/file.js';
import { checkTerms, restoreRun } from './checkpoint/resume.js';
import type { RunPlan } from './driver.js';
import { EVALUATION_BATCH } from './evaluation.js';
import { checkFree, lease, Published } from './lease.js';
import { type CheckedFitOptions, checkFitOptions, checkModel } from './options.js';
import { checkMetrics } from './outputs.js';
import { makePlan } from './plan.js';
import { Prober } from './probe/prober.js';
import { type OpenSession, openSession, traceSteps } from './session.js';
import type { StepSpec } from './step.js';
import { termsOf } from './terms.js';

/** The arguments of `fit`, checked and copied. */
export interface Task {
  readonly model: Model;
  readonly options: CheckedFitOptions;
  readonly metrics: readonly Metric[];
  readonly training: Columns;
  readonly validation: Columns | undefined;
}

export function checkTask(model: unknown, data: unknown, given: unknown): Task {
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
  return { model: trained, options, metrics, training, validation };
}

/** A run that is ready. */
export interface Prepared {
  readonly plan: RunPlan;
  readonly checks: readonly Check[];
  /** Takes back what the run gave the model, if it is refused. */
  readonly revoke: () => void;
}

/** Opens the sessions and takes the model; all or nothing. */
export function prepare({ model, options, metrics, training, validation }: Task, checkpoint: Checkpoint | undefined, site: Site): Prepared {
  checkFree('fit', model);
  const { loss, optimizer, clipNorm, clipValue, seed, dropLast } = options;
  const terms = termsOf(options, metrics, training, validation);
  if (checkpoint) checkTerms(checkpoint, terms, options.callbacks);
  const shared = { where: 'fit', model, loss, metrics, seed };
  const spec: StepSpec = {
    ...shared,
    batchSize: Math.min(options.batchSize, rowsOf(training.x)),
    training: { optimizer, clipping: { clipNorm, clipValue } },
  };
  const steps = traceSteps(spec, training, dropLast);
  const { variables } = steps[0]!;
  const firstStep = checkpoint ? checkpoint.record.firstStep : optimizer.steps;
  const revoke = revoker(variables, checkpoint !== undefined);
  const opened = attempt(() => {
    const resumed = checkpoint && restoreRun(checkpoint, variables, optimizer, seed);
    const published = options.publish && new Published(variables, seed);
    const evaluation = validation && openValidation(shared, validation);
    const session = attempt(() => openSession(spec, training, steps, { shuffle: options.shuffle, dropLast, pin: false }));
    if ('value' in session) return { session: session.value, evaluation, published, resumed };
    void evaluation?.native.close();
    throw session.error;
  });
  if ('error' in opened) {
    revoke();
    throw opened.error;
  }
  const { session, evaluation, published, resumed } = opened.value;
  const release = lease(model, published);
  const prober = new Prober(spec, training, { shuffle: options.shuffle, dropLast, pin: false });
  const plan = makePlan({ session, evaluation, prober, published, release, options, spec, firstStep, x: training.x, terms, resumed, site });
  const checks = [
    ...dataChecks('fit', training, session.targets, model.dtype),
    ...(validation ? dataChecks('fit', validation, evaluation!.targets, model.dtype) : []),
  ];
  return { plan, checks, revoke };
}

/** Undoes the first values of variables that have none yet and, if others are going to change, puts those back. */
function revoker(variables: readonly Cell[], all: boolean): () => void {
  const unmade = variables.filter((cell) => !cell.initialized);
  const kept = all ? variables.filter((cell) => cell.initialized).map((cell) => ({ cell, value: cell.native(0).read() })) : [];
  return () => {
    for (const cell of unmade) cell.revoke();
    for (const { cell, value } of kept) cell.native(0).write(value);
  };
}

/** Training and validation columns. */
function divide(
  data: unknown,
  { sampleWeights, validation, validationSplit }: CheckedFitOptions,
): { training: Columns; validation: Columns | undefined } {
  const weights = sampleWeights === undefined ? undefined : column('fit', 'sampleWeights', sampleWeights);
  const all: Columns = { ...dataColumns('fit', 'data', data), weights };
  if (weights) checkRows('fit', [all.x, weights]);
  if (validation) return { training: all, validation: { ...dataColumns('fit', 'validation', validation), weights: undefined } };
  if (validationSplit === undefined) return { training: all, validation: undefined };
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
