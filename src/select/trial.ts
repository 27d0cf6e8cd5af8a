/** One model trained on some rows and tested on others: what all functions of this room are made of. */

import type { Data } from '../data/columns.js';
import { describe, OptionError } from '../errors.js';
import type { MetricLike } from '../metrics/metric.js';
import { type Model, Module } from '../nn/module.js';
import { Optimizer } from '../optim/optimizer.js';
import { isPlain } from '../plain.js';
import type { NDArray } from '../tensor/ndarray.js';
import { evaluate } from '../train/evaluate.js';
import type { Scores } from '../train/events.js';
import { fit } from '../train/fit.js';
import type { History } from '../train/history.js';
import type { FitOptions } from '../train/options.js';
import { predict } from '../train/predict.js';
import { named } from './named.js';
import { allOf, inputsOf, type Part, type PartOf, type RowSet, type SelectData } from './rowSet.js';
import type { Split } from './splits/split.js';

/** Loss and metrics by name. */
export type TrialScores = { readonly loss: number } & Scores;

/** What the functions that make the model and the options of a run are told. */
export interface FoldContext<D extends SelectData = Data> {
  /** From 1. */
  readonly fold: number;
  readonly folds: number;
  /** What this fold trains on, and what it is tested on: for `validation`, if the curve of every fold is wanted. */
  readonly train: PartOf<D>;
  readonly test: PartOf<D>;
}

/** The same for all trials of a call. */
export interface TrialSpec {
  readonly where: string;
  readonly data: RowSet;
  readonly metrics: readonly MetricLike[];
  readonly seed: number;
  readonly folds: number;
  /** Also measured on the rows that were trained on. */
  readonly trainScores: boolean;
  readonly predictions: boolean;
  /** Models and optimizers that trials have used. */
  readonly used: WeakSet<object>;
}

/** Of a call that makes so many folds. */
export function specOf(
  given: Pick<TrialSpec, 'where' | 'data' | 'metrics' | 'seed' | 'folds'>,
  wanted: Partial<Pick<TrialSpec, 'trainScores' | 'predictions'>> = {},
): TrialSpec {
  return { ...given, trainScores: false, predictions: false, ...wanted, used: new WeakSet() };
}

export interface Trial {
  /** `fold 2 of 5`, with what else tells this trial from the others: for errors. */
  readonly name: string;
  /** From 1. */
  readonly fold: number;
  readonly split: Split;
  makeModel(context: FoldContext): unknown;
  options(context: FoldContext): unknown;
  /** Instead of those of the options. */
  readonly epochs?: number;
}

export interface TrialResult {
  readonly model: Model;
  readonly history: History;
  readonly scores: TrialScores;
  readonly trainScores: TrialScores | undefined;
  /** Of the test rows. */
  readonly predictions: NDArray | undefined;
}

export async function runTrial(spec: TrialSpec, trial: Trial, signal: AbortSignal): Promise<TrialResult> {
  const { split } = trial;
  try {
    const train = await spec.data.part(split.train);
    const test = await spec.data.part(split.test);
    signal.throwIfAborted();
    const context = { fold: trial.fold, folds: spec.folds, train: train.training, test: test.measuring } as unknown as FoldContext;
    const made = { ...trial, makeModel: () => trial.makeModel(context), options: () => trial.options(context) };
    const { model, options } = setUp(spec, made, train, signal);
    const history = await fit(model, train.training, options).catch((error) => {
      throw train.inWhole(error);
    });
    signal.throwIfAborted();
    const scores = await measure(spec, model, options, test, signal);
    const trainScores = spec.trainScores ? await measure(spec, model, options, train, signal) : undefined;
    const predictions = spec.predictions ? await predict(model, inputsOf(test), { signal }) : undefined;
    signal.throwIfAborted();
    return { model, history: history as History, scores, trainScores, predictions };
  } catch (error) {
    throw named(error, `${spec.where}: ${trial.name}`);
  }
}

/** Trains on all rows. */
export async function refit(
  spec: TrialSpec,
  trial: Pick<Trial, 'name' | 'epochs'> & { makeModel(all: Part['training']): unknown; options(all: Part['training']): unknown },
  signal: AbortSignal | undefined,
): Promise<Pick<TrialResult, 'model' | 'history'>> {
  try {
    const all = await spec.data.part(allOf(spec.data));
    const { model, options } = setUp(
      spec,
      { ...trial, makeModel: () => trial.makeModel(all.training), options: () => trial.options(all.training) },
      all,
      signal,
    );
    const history = await fit(model, all.training, options);
    signal?.throwIfAborted();
    return { model, history: history as History };
  } catch (error) {
    throw named(error, `${spec.where}: ${trial.name}`);
  }
}

function setUp(
  { where, seed, used }: TrialSpec,
  trial: Pick<Trial, 'epochs'> & { makeModel(): unknown; options(): unknown },
  train: Part,
  signal: AbortSignal | undefined,
) {
  const model = fresh(checkMade(where, trial.makeModel()), used, `${where}: makeModel`, 'model');
  const given = trial.options();
  if (!isPlain(given)) {
    throw new OptionError(`${where}: fit must return the options of a run, found ${describe(given)}`, { op: where });
  }
  const options = given as unknown as FitOptions;
  if (options.optimizer instanceof Optimizer) fresh(options.optimizer, used, `${where}: fit`, 'optimizer');
  if (train.sampleWeights && options.sampleWeights) {
    throw new OptionError(`${where}: sampleWeights stand in the options of ${where} and in those of fit; give one`, { op: where });
  }
  return { model, options: completed(options, train, trial.epochs, seed, signal) };
}

/** The options of a run with what the trial knows. */
function completed(
  options: FitOptions,
  { sampleWeights }: Part,
  epochs: number | undefined,
  seed: number,
  signal: AbortSignal | undefined,
): FitOptions {
  const signals = [options.signal, signal].filter((one) => one !== undefined);
  const together = signals.every((one) => one instanceof AbortSignal) ? AbortSignal.any(signals) : options.signal!;
  return {
    seed,
    ...options,
    ...(epochs !== undefined && { epochs }),
    ...(sampleWeights && { sampleWeights }),
    signal: together,
  };
}

async function measure(spec: TrialSpec, model: Model, { loss }: FitOptions, part: Part, signal: AbortSignal): Promise<TrialScores> {
  const { sampleWeights } = part;
  try {
    return await evaluate(model, part.measuring, { loss, metrics: spec.metrics, signal, ...(sampleWeights && { sampleWeights }) });
  } catch (error) {
    throw part.inWhole(error);
  }
}

function checkMade(where: string, made: unknown): Model {
  if (made instanceof Module) return made as Model;
  throw new OptionError(`${where}: makeModel must return a model, found ${describe(made)}`, { op: where });
}

/** Runs that go on with the state of others would not be comparable. */
function fresh<T extends object>(made: T, used: WeakSet<object>, where: string, what: string): T {
  if (used.has(made)) throw new OptionError(`${where} returned the same ${what} twice; expected a new one for every run`);
  used.add(made);
  return made;
}
