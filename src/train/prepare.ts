/** From the arguments of `fit` to a run that is ready to be compiled: traced and leased. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Check } from '../data/check.js';
import { type Column, type Columns, checkRows, column, dataColumns, rowsOf } from '../data/columns.js';
import { Selection } from '../data/selection.js';
import { DataError, OptionError } from '../errors.js';
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
import { checkTerms, restoreRun, roomOf } from './checkpoint/resume.js';
import { lookAtRows } from './dataCheck/beforeFit.js';
import { EVALUATION_BATCH } from './evaluation.js';
import { columnFlow, type Flow } from './flow.js';
import { nestedOf } from './input.js';
import { Later } from './later.js';
import { checkFree, lease, Published } from './lease.js';
import { type CheckedFitOptions, checkFitOptions, checkModel } from './options.js';
import { checkMetrics } from './outputs.js';
import { makePlan } from './plan.js';
import { Prober } from './probe/prober.js';
import type { RunPlan } from './runPlan.js';
import { type OpenSession, type Others, openSession, statistics, traceSteps, traceStepsInTurns } from './session.js';
import type { Step, StepSpec } from './step.js';
import { datasetOf, isStreamed, type Streamed, type StreamedData } from './streamed.js';
import { termsOf } from './terms.js';
import type { Training } from './training.js';

/** The arguments of `fit`, checked and copied. */
export interface Task {
  readonly model: Model;
  readonly options: CheckedFitOptions;
  readonly metrics: readonly Metric[];
  readonly training: Flow | Streamed;
  readonly validation: Flow | Streamed | undefined;
  /** The validation data are the very same thing as the training data. */
  readonly same: boolean;
}

/** What a run reads, opened. */
export interface Flows {
  readonly training: Flow;
  readonly validation: Flow | undefined;
}

export function checkTask(model: unknown, data: unknown, given: unknown): Task {
  const trained = checkModel('fit', model);
  checkFree('fit', trained);
  const options = checkFitOptions(given);
  const metrics = checkMetrics('fit', options.metrics);
  const { training, validation } = isStreamed(data)
    ? streams(data, options, given, nestedOf(trained))
    : columns(data, options, nestedOf(trained));
  return { model: trained, options, metrics, training, validation, same: options.validation === data };
}

/** Columns in memory. */
function columns(data: unknown, options: CheckedFitOptions, nested: DType | undefined): Pick<Task, 'training' | 'validation'> {
  for (const name of ['stepsPerEpoch', 'prefetch'] as const) {
    if (options[name] === undefined) continue;
    throw new OptionError(`fit: ${name} is for datasets and streams; columns { x, y } are read whole. Use dataset({ x, y })`, {
      op: 'fit',
    });
  }
  const { training, validation } = divide(data, options, nested);
  const { batchSize, dropLast, shuffle } = options;
  const rows = rowsOf(training.x);
  if (dropLast && rows < batchSize) {
    throw new DataError(`fit: with dropLast there is no step to train, ${rows} rows are fewer than batchSize ${batchSize}`, { op: 'fit' });
  }
  return { training: columnFlow(training, batchSize, dropLast, shuffle), validation: validation ?? validationOf(options, nested) };
}

/** A dataset, or what becomes one. */
function streams(
  data: StreamedData,
  options: CheckedFitOptions,
  given: unknown,
  nested: DType | undefined,
): Pick<Task, 'training' | 'validation'> {
  const dataset = datasetOf('fit', data, options.epochs ?? 1, options.stepsPerEpoch !== undefined);
  const refuse = (name: string, remedy: string) => {
    throw new OptionError(`fit: ${name} is not for datasets and streams; ${remedy}`, { op: 'fit' });
  };
  if (options.sampleWeights !== undefined) refuse('sampleWeights', 'give the rows a weight, or the dataset weights');
  if (options.validationSplit !== undefined) refuse('validationSplit', 'use dataset.split()');
  const { batchSize, shuffle, dropLast } = given as { batchSize?: unknown; shuffle?: unknown; dropLast?: unknown };
  if (dataset.batched && (batchSize !== undefined || dropLast === true)) {
    throw new OptionError(`fit: the dataset has batches already; leave ${batchSize === undefined ? 'dropLast' : 'batchSize'} out`, {
      op: 'fit',
    });
  }
  if (shuffle === true && (dataset.batched || !(dataset.source instanceof Selection))) {
    throw new OptionError('fit: shuffle mixes rows in memory; a stream is mixed by dataset.shuffle({ buffer }), before batch()', {
      op: 'fit',
    });
  }
  return { training: { dataset }, validation: validationOf(options, nested) };
}

function validationOf({ validation, epochs }: CheckedFitOptions, nested: DType | undefined): Flow | Streamed | undefined {
  if (validation === undefined) return undefined;
  if (isStreamed(validation)) return { dataset: datasetOf('fit', validation, epochs ?? 1, false, 'validation') };
  return columnFlow({ ...dataColumns('fit', 'validation', validation, nested), weights: undefined }, EVALUATION_BATCH, false, false);
}

/** A run that is ready. */
export interface Prepared {
  readonly plan: RunPlan;
  /** Opens what the call did not need, and says what must be true of the data; once. */
  readonly checks: () => Promise<readonly Check[]>;
  readonly flows: Flows;
  /** What the data check knows, or will know, of the training rows. */
  readonly look: ReturnType<typeof lookAtRows>;
  /** Takes back what the run gave the model, if it is refused. */
  readonly revoke: () => void;
}

/** What to do if the run is refused, the last first. */
type Undo = (() => void)[];

/** Opens the sessions and takes the model; all or nothing. */
export function prepare(task: Task, flows: Flows, checkpoint: Checkpoint | undefined, site: Site): Prepared {
  checkFree('fit', task.model);
  const look = lookAtRows(task, flows.training);
  look.catch(() => undefined); // who awaits it is told
  const undo: Undo = [setUp(task.model, task.options.callbacks)];
  const revoke = () => {
    for (const one of undo.reverse()) one();
  };
  const opened = attempt(() => open(task, flows, checkpoint, site, undo));
  if ('value' in opened) return { ...opened.value, flows, look, revoke };
  revoke();
  throw opened.error;
}

function open(
  { model, options, metrics }: Task,
  { training, validation }: Flows,
  checkpoint: Checkpoint | undefined,
  site: Site,
  undo: Undo,
): Omit<Prepared, 'flows' | 'look' | 'revoke'> {
  const { loss, optimizer, clipNorm, clipValue, seed, dropLast } = options;
  const averager = averagerOf(options.callbacks);
  const terms = termsOf(options, metrics, training, validation);
  if (checkpoint) checkTerms(checkpoint, terms, options.callbacks);
  const shared = { where: 'fit', model, loss, metrics, seed };
  const { batchSize, stepsPerEpoch } = training;
  const averaging = averager && { rule: averager.ruleFor(stepsPerEpoch), averages: new Averaging() };
  const trained: Training = { optimizer, clipping: { clipNorm, clipValue }, ...(averaging && { averaging }) };
  const spec: StepSpec = { ...shared, batchSize, training: trained };
  if (checkpoint) undo.push(adoptGroups(model, optimizer, checkpoint.record.groups));
  const steps = traceSteps(spec, training);
  const { variables } = steps[0]!;
  const firstStep = checkpoint ? checkpoint.record.firstStep : optimizer.steps;
  undo.push(revoker(variables, checkpoint !== undefined));
  const resumed = checkpoint && restoreRun(checkpoint, variables, trained, seed);
  const weights = variables.filter((cell) => roomOf(cell, trained) === 'model');
  const published = options.publish && new Published(weights, seed);
  const shadow = validation && averaging?.rule.evaluate ? new Published(weights, seed) : undefined;
  const seen = validation && !validation.resident ? statistics(shared, weights) : undefined;
  const batching = { dropLast, pin: false };
  const session = openSession(spec, training, steps, batching);
  const others = { published: shadow, seen, within: variables };
  const evaluation = validation && new Later(() => openValidation(shared, validation, others));
  const retrace = () => traceStepsInTurns(spec, training);
  const reopen = (anew: readonly Step[]) => openSession(spec, training, anew, batching, { supply: session.supply });
  const release = lease(model, published);
  const prober = new Prober(
    { ...spec, training: { optimizer, clipping: trained.clipping } },
    training,
    session.supply,
    batching,
    firstStep,
  );
  const plan = makePlan({
    session,
    retrace,
    reopen,
    evaluation,
    shadow,
    prober,
    published,
    release,
    options,
    spec,
    firstStep,
    training,
    terms,
    resumed,
    site,
  });
  const { missing } = model.inputTraits();
  return {
    plan,
    async checks() {
      const checks = training.checks('fit', session.targets, model.dtype, missing);
      if (!validation) return checks;
      const { targets } = await inItsTurn(evaluation!, validation);
      return [...checks, ...validation.checks('fit', targets, model.dtype, missing)];
    },
  };
}

/** The call of `fit` has kept the event loop long enough: what waits goes first, timers too, which a single turn would not let in. */
async function inItsTurn(session: Later<OpenSession>, flow: Flow): Promise<OpenSession> {
  for (let i = 0; i < 2; i++) await turn();
  try {
    return session.get();
  } catch (error) {
    await flow.close();
    throw error;
  }
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

/** Training columns, and those that are split off for validation. */
function divide(
  data: unknown,
  { sampleWeights, validationSplit }: CheckedFitOptions,
  nested: DType | undefined,
): { training: Columns; validation: Flow | undefined } {
  const weights = sampleWeights === undefined ? undefined : column('fit', 'sampleWeights', sampleWeights);
  const all: Columns = { ...dataColumns('fit', 'data', data, nested), weights };
  if (weights) checkRows('fit', [all.x, weights]);
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
  return { training: part(0, kept), validation: columnFlow(part(kept, rows), EVALUATION_BATCH, false, false) };
}

/** It reads the variables between chunks of the training, or others in their place. */
function openValidation(shared: Omit<StepSpec, 'batchSize'>, flow: Flow, others: Others): OpenSession {
  const spec = { ...shared, batchSize: flow.batchSize };
  return openSession(spec, flow, traceSteps(spec, flow), { dropLast: false, pin: false }, others);
}
