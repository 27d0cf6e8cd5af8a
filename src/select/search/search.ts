/** Trains candidates, ranks them, and trains the best on all data: what grid and random search share. */

import { type Columns, rowsOf } from '../../data/columns.js';
import { NonFiniteError, OptionError } from '../../errors.js';
import type { MetricLike } from '../../metrics/metric.js';
import { addon } from '../../native/addon.js';
import { suggestion } from '../../nearest.js';
import type { Model } from '../../nn/module.js';
import {
  bool,
  callable,
  checkOptions,
  custom,
  integer,
  oneOf,
  optional,
  positiveInteger,
  text as textRule,
  withDefault,
} from '../../options.js';
import { isPlain } from '../../plain.js';
import { betterWay } from '../../train/callbacks/monitor.js';
import type { History } from '../../train/history.js';
import { checkMetrics } from '../../train/outputs.js';
import { atATime, columnsOf, type SelectOptions, selectRules } from '../common.js';
import { text } from '../curve.js';
import { runJobs } from '../jobs.js';
import { named } from '../named.js';
import { splitsOf } from '../splits/options.js';
import type { Split } from '../splits/split.js';
import { isNumeric, plusMinus, type Summaries, summaries, table } from '../summary.js';
import { type FoldContext, refit, runTrial, type TrialScores, type TrialSpec } from '../trial.js';
import { type HalvingOptions, halvingRounds, type Round } from './halving.js';

/** What the functions that make the model and the options of a run are told. */
export interface SearchContext extends Omit<FoldContext, 'test'> {
  /** What the run is tested on. Undefined when the best configuration is trained on all data in the end: then `fold` is 0. */
  readonly test: FoldContext['test'] | undefined;
}

export interface SearchOptions<P, M extends readonly MetricLike[] = readonly MetricLike[]>
  extends SelectOptions<[parameters: P, context: SearchContext], M> {
  /** What decides: `loss` or a metric's name. Default `loss`. */
  readonly monitor?: string;
  /** Whether less or more is better. Default: by the name, as for `callbacks.earlyStopping`. */
  readonly mode?: 'min' | 'max';
  /** Rounds in which ever fewer configurations get ever more epochs or rows. Default: one round. */
  readonly halving?: HalvingOptions;
  /** Trains the best configuration on all data in the end. Default true. */
  readonly refit?: boolean;
  /** Called when a configuration is through a round. A promise is waited for. */
  readonly onResult?: (result: SearchResult<P, TrialScores>) => unknown;
}

/** How a configuration did in the last round that it took part in. */
export interface SearchResult<P, S> {
  readonly parameters: P;
  /** Mean of what decides; NaN if a run failed. */
  readonly score: number;
  /** Undefined if a run failed. */
  readonly scores: Summaries<S> | undefined;
  /** The first failure: a loss or gradient that was not finite. */
  readonly error: NonFiniteError | undefined;
  /** From 1. */
  readonly round: number;
  /** Epochs or rows of that round, with `halving`. */
  readonly resource: number | undefined;
}

export interface Search<P, S> {
  readonly best: SearchResult<P, S>;
  /** All configurations, the best first: those of later rounds before others, failed ones last. */
  readonly results: readonly SearchResult<P, S>[];
  readonly rounds: readonly { readonly candidates: number; readonly resource: number | undefined }[];
  /** The best configuration trained on all data; undefined without `refit`. */
  readonly model: Model | undefined;
  /** Of that training. */
  readonly history: History | undefined;
  /** A table of the results. */
  toString(): string;
}

const halvingRules = {
  resource: oneOf('epochs', 'rows'),
  factor: withDefault(integer(2), 3),
  min: optional(positiveInteger()),
  max: optional(positiveInteger()),
};

export const searchRules = {
  ...selectRules,
  monitor: withDefault(textRule(), 'loss'),
  mode: optional(oneOf('min', 'max')),
  halving: optional(custom<HalvingOptions>("an object { resource: 'epochs' or 'rows', … }", isPlain)),
  refit: withDefault(bool(), true),
  onResult: optional(callable<(result: never) => unknown>()),
};

type Checked = ReturnType<typeof checkOptions<typeof searchRules>>;
type Parameters = Readonly<Record<string, unknown>>;
type Result = SearchResult<Parameters, TrialScores>;

interface Candidate {
  readonly number: number;
  readonly parameters: Parameters;
}

interface Plan {
  readonly where: string;
  readonly spec: TrialSpec;
  readonly splits: readonly Split[];
  readonly options: Checked;
  readonly makeModel: (parameters: never, context: never) => unknown;
  /** Less is better. */
  readonly cost: (score: number) => number;
}

export async function search(
  where: string,
  makeModel: (parameters: never, context: never) => unknown,
  data: unknown,
  configurations: readonly Parameters[],
  options: Checked,
): Promise<Search<Parameters, TrialScores>> {
  const cost = costOf(where, options);
  const columns = columnsOf(where, data, options);
  const splits = splitsOf(where, columns, options);
  const spec: TrialSpec = {
    where,
    columns,
    metrics: options.metrics,
    seed: options.seed,
    folds: splits.length,
    trainScores: false,
    predictions: false,
    used: new WeakSet(),
  };
  const plan: Plan = { where, spec, splits, options, makeModel, cost };
  const rounds = roundsOf(where, configurations.length, splits, options.halving);
  const results = await runRounds(plan, configurations, rounds);
  const [best] = results as [Result];
  if (best.error) {
    const all =
      configurations.length === 1 ? 'the only configuration failed' : `all ${configurations.length} configurations failed; the first`;
    const [first] = results.toSorted((a, b) => configurations.indexOf(a.parameters) - configurations.indexOf(b.parameters));
    throw named(first!.error, `${where}: ${all}`);
  }
  const final = options.refit ? await trainBest(plan, columns, best, rounds) : undefined;
  return { best, results, rounds, model: final?.model, history: final?.history, toString: () => print(results, options.halving?.resource) };
}

function costOf(where: string, { monitor, mode = betterWay(monitor), metrics }: Checked): (score: number) => number {
  const names = ['loss', ...checkMetrics(where, metrics).map(({ name }) => name)];
  if (!names.includes(monitor)) {
    throw new OptionError(`${where}: there is no value ${JSON.stringify(monitor)} to monitor${suggestion(monitor, names)}`, { op: where });
  }
  return (score) => (mode === 'min' ? score : -score);
}

type SearchRound = Omit<Round, 'resource'> & { readonly resource: number | undefined };

function roundsOf(where: string, candidates: number, splits: readonly Split[], halving: HalvingOptions | undefined): SearchRound[] {
  if (!halving) return [{ candidates, resource: undefined }];
  const { resource, factor, min, max: given } = checkOptions(`${where}: halving`, halving, halvingRules);
  const rows = splits.reduce((least, { train }) => Math.min(least, train.length), Number.POSITIVE_INFINITY);
  const max = given ?? (resource === 'rows' ? rows : undefined);
  if (max === undefined) throw new OptionError(`${where}: halving by epochs needs max, the epochs of the last round`, { op: where });
  if (resource === 'rows' && max > rows) {
    throw new OptionError(`${where}: halving: max is ${max}, but the smallest training part has ${rows} rows`, { op: where });
  }
  if (min !== undefined && min > max)
    throw new OptionError(`${where}: halving: min must not be above max, found ${min} and ${max}`, { op: where });
  return halvingRounds(candidates, { factor, max, ...(min !== undefined && { min }), least: resource === 'rows' ? 2 * splits.length : 1 });
}

/** All results, the best first. */
async function runRounds(plan: Plan, configurations: readonly Parameters[], rounds: readonly SearchRound[]): Promise<Result[]> {
  let left: readonly Candidate[] = configurations.map((parameters, number) => ({ number, parameters }));
  let dropped: Result[] = [];
  for (const [i, { resource }] of rounds.entries()) {
    const results = await runRound(plan, left, i + 1, resource);
    const order = left.map((candidate, at) => ({ candidate, result: results[at]! })).sort((a, b) => compare(plan, a.result, b.result));
    const next = rounds[i + 1]?.candidates ?? 0;
    const kept = order.filter(({ result }, at) => at < next && !result.error);
    const out = order.filter((one) => !kept.includes(one)).map(({ result }) => result);
    dropped = [
      ...out.filter(({ error }) => !error),
      ...dropped.filter(({ error }) => !error),
      ...[...out, ...dropped].filter(({ error }) => error),
    ];
    left = kept.map(({ candidate }) => candidate).sort((a, b) => a.number - b.number);
    if (left.length === 0) break;
  }
  return dropped;
}

/** Failures last, then what is not a number; equals stay in the order of the configurations. */
function compare({ cost }: Plan, a: Result, b: Result): number {
  const place = ({ error, score }: Result) => (error ? 2 : Number.isNaN(score) ? 1 : 0);
  return place(a) - place(b) || (place(a) === 0 ? cost(a.score) - cost(b.score) : 0);
}

async function runRound(plan: Plan, candidates: readonly Candidate[], round: number, resource: number | undefined): Promise<Result[]> {
  const { splits, options } = plan;
  const waiting = candidates.map(() => splits.length);
  const outcomes = candidates.map(() => new Array<TrialScores | NonFiniteError>(splits.length));
  const jobs = candidates.flatMap((candidate, c) =>
    splits.map((_, fold) => async (stop: AbortSignal) => {
      outcomes[c]![fold] = await runFold(plan, candidate, fold, resource, stop);
      if (--waiting[c]! === 0) await options.onResult?.(resultOf(plan, candidate, outcomes[c]!, round, resource) as never);
    }),
  );
  await runJobs(jobs, atATime(options.parallel), options.signal);
  return candidates.map((candidate, c) => resultOf(plan, candidate, outcomes[c]!, round, resource));
}

async function runFold(
  { spec, splits, options, makeModel }: Plan,
  { parameters }: Candidate,
  fold: number,
  resource: number | undefined,
  stop: AbortSignal,
): Promise<TrialScores | NonFiniteError> {
  const byRows = options.halving?.resource === 'rows' && resource !== undefined;
  const { train, test } = splits[fold]!;
  const trial = {
    name: `${describeParameters(parameters)}, fold ${fold + 1} of ${splits.length}`,
    fold: fold + 1,
    split: byRows ? { train: sample(train, resource, options.seed, fold), test } : { train, test },
    makeModel: (context: FoldContext) => makeModel(parameters as never, context as never),
    options: (context: FoldContext) => (options.fit as (...args: unknown[]) => unknown)(parameters, context),
    ...(resource !== undefined && !byRows && { epochs: resource }),
  };
  try {
    return (await runTrial(spec, trial, stop)).scores;
  } catch (error) {
    if (error instanceof NonFiniteError) return error;
    throw error;
  }
}

/** The same rows for all configurations, and those of a round among those of the next. */
function sample(train: Int32Array, rows: number, seed: number, fold: number): Int32Array {
  const order = addon.permutation(seed, fold + 1, train.length).subarray(0, rows);
  return order.map((at) => train[at]!).sort();
}

function resultOf(
  { options }: Plan,
  { parameters }: Candidate,
  outcomes: readonly (TrialScores | NonFiniteError)[],
  round: number,
  resource: number | undefined,
): Result {
  const error = outcomes.find((outcome): outcome is NonFiniteError => outcome instanceof NonFiniteError);
  if (error) return { parameters, score: Number.NaN, scores: undefined, error, round, resource };
  const scores = summaries(outcomes as readonly TrialScores[]);
  return { parameters, score: scores[options.monitor]!.mean, scores, error: undefined, round, resource };
}

function trainBest({ where, spec, options, makeModel }: Plan, columns: Columns, { parameters }: Result, rounds: readonly SearchRound[]) {
  const train = { x: columns.x.values, y: columns.y.values };
  const epochs = options.halving?.resource === 'epochs' ? rounds.at(-1)!.resource : undefined;
  const context: SearchContext = { fold: 0, folds: spec.folds, train, test: undefined };
  return refit(
    spec,
    {
      name: `${describeParameters(parameters)}, all ${rowsOf(columns.x)} rows`,
      makeModel: () => makeModel(parameters as never, context as never),
      options: () => (options.fit as (...args: unknown[]) => unknown)(parameters, context),
      ...(epochs !== undefined && { epochs }),
    },
    options.signal,
  ).catch((error) => {
    throw named(error, `${where}: refit`);
  });
}

/** `{ units: 16, lr: 0.01 }` */
function describeParameters(parameters: Parameters): string {
  const entries = Object.entries(parameters).map(([name, value]) => `${name}: ${text(value)}`);
  return `{ ${entries.join(', ')} }`;
}

function print(results: readonly Result[], resource: string | undefined): string {
  const scored = results.find(({ scores }) => scores)!.scores!;
  const names = Object.keys(scored).filter((name) => isNumeric(scored[name]!));
  const parameters = Object.keys(results[0]!.parameters);
  const rows = results.map((result, i) => [
    String(i + 1),
    ...parameters.map((name) => text(result.parameters[name])),
    ...(resource === undefined ? [] : [String(result.resource)]),
    ...names.map((name) => (result.scores ? plusMinus(result.scores[name]!) : 'not finite')),
  ]);
  return table([['rank', ...parameters, ...(resource === undefined ? [] : [resource]), ...names], ...rows]);
}
