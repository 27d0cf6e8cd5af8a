/** From the arguments of `fit` to a run that is ready: traced, compiled, leased. */

import { type Check, dataChecks } from '../data/check.js';
import { type Column, type Columns, checkRows, column, dataColumns, rowsOf } from '../data/columns.js';
import { DataError } from '../errors.js';
import type { Metric } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import { Averaging } from '../optim/averaging.js';
import type { Site } from '../stack.js';
import type { DType } from '../tensor/dtype.js';
import type { Cell } from '../tensor/trace.js';
import { attempt } from './attempt.js';
import { averagerOf } from './callbacks/averager.js';
import { setUp } from './callbacks/setUp.js';
import type { Checkpoint } from './checkpoint/file.js';
import { adoptGroups } from './checkpoint/groups.js';
import { checkTerms, restoreRun } from './checkpoint/resume.js';
import { EVALUATION_BATCH } from './evaluation.js';
import { nestedOf } from './input.js';
import { checkFree, lease, Published } from './lease.js';
import { type CheckedFitOptions, checkFitOptions, checkModel } from './options.js';
import { checkMetrics } from './outputs.js';
import { makePlan } from './plan.js';
import { Prober } from './probe/prober.js';
import type { RunPlan } from './runPlan.js';
import { type OpenSession, openSession, stepsIn, traceSteps } from './session.js';
import type { StepSpec } from './step.js';
import { termsOf } from './terms.js';
import type { Training } from './training.js';

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
  const { training, validation } = divide(data, options, nestedOf(trained));
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

/** What to do if the run is refused, the last first. */
type Undo = (() => void)[];

/** Opens the sessions and takes the model; all or nothing. */
export function prepare(task: Task, checkpoint: Checkpoint | undefined, site: Site): Prepared {
  checkFree('fit', task.model);
  const undo: Undo = [setUp(task.model, task.options.callbacks)];
  const revoke = () => {
    for (const one of undo.reverse()) one();
  };
  const opened = attempt(() => open(task, checkpoint, site, undo));
  if ('value' in opened) return { ...opened.value, revoke };
  revoke();
  throw opened.error;
}

function open(task: Task, checkpoint: Checkpoint | undefined, site: Site, undo: Undo): Omit<Prepared, 'revoke'> {
  const { model, options, metrics, training, validation } = task;
  const { loss, optimizer, clipNorm, clipValue, seed, shuffle, dropLast } = options;
  const averager = averagerOf(options.callbacks);
  const terms = termsOf(options, metrics, training, validation);
  if (checkpoint) checkTerms(checkpoint, terms, options.callbacks);
  const shared = { where: 'fit', model, loss, metrics, seed };
  const rows = rowsOf(training.x);
  const batchSize = Math.min(options.batchSize, rows);
  const averaging = averager && { rule: averager.ruleFor(stepsIn(rows, batchSize, dropLast)), averages: new Averaging() };
  const trained: Training = { optimizer, clipping: { clipNorm, clipValue }, ...(averaging && { averaging }) };
  const spec: StepSpec = { ...shared, batchSize, training: trained };
  if (checkpoint) undo.push(adoptGroups(model, optimizer, checkpoint.record.groups));
  const steps = traceSteps(spec, training, dropLast);
  const { variables } = steps[0]!;
  const firstStep = checkpoint ? checkpoint.record.firstStep : optimizer.steps;
  undo.push(revoker(variables, checkpoint !== undefined));
  const resumed = checkpoint && restoreRun(checkpoint, variables, trained, seed);
  const published = options.publish && new Published(variables, seed);
  const shadow = validation && averaging?.rule.evaluate ? new Published(variables, seed) : undefined;
  const evaluation = validation && openValidation(shared, validation, shadow);
  const batching = { shuffle, dropLast, pin: false };
  const opened = attempt(() => openSession(spec, training, steps, batching));
  if ('error' in opened) {
    void evaluation?.native.close();
    throw opened.error;
  }
  const session = opened.value;
  const reopen = () => openSession(spec, training, traceSteps(spec, training, dropLast), batching);
  const release = lease(model, published);
  const prober = new Prober({ ...spec, training: { optimizer, clipping: trained.clipping } }, training, batching, firstStep);
  const plan = makePlan({
    session,
    reopen,
    evaluation,
    shadow,
    prober,
    published,
    release,
    options,
    spec,
    firstStep,
    x: training.x,
    y: training.y,
    terms,
    resumed,
    site,
  });
  const { missing } = model.inputTraits();
  const checks = [
    ...dataChecks('fit', training, session.targets, model.dtype, missing),
    ...(validation ? dataChecks('fit', validation, evaluation!.targets, model.dtype, missing) : []),
  ];
  return { plan, checks };
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
  nested: DType | undefined,
): { training: Columns; validation: Columns | undefined } {
  const weights = sampleWeights === undefined ? undefined : column('fit', 'sampleWeights', sampleWeights);
  const all: Columns = { ...dataColumns('fit', 'data', data, nested), weights };
  if (weights) checkRows('fit', [all.x, weights]);
  if (validation) return { training: all, validation: { ...dataColumns('fit', 'validation', validation, nested), weights: undefined } };
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

/** Must be open before the training session takes its lease; it reads the variables between chunks, or others in their place. */
function openValidation(shared: Omit<StepSpec, 'batchSize'>, columns: Columns, shadow: Published | undefined): OpenSession {
  const spec = { ...shared, batchSize: Math.min(EVALUATION_BATCH, rowsOf(columns.x)) };
  return openSession(spec, columns, traceSteps(spec, columns, false), { shuffle: false, dropLast: false, pin: false }, shadow);
}
