/** Rounds of a search: candidates are trained on every fold, and the best go on. */

import { NonFiniteError, OptionError } from '../../errors.js';
import { addon } from '../../native/addon.js';
import { checkOptions, integer, oneOf, optional, positiveInteger, withDefault } from '../../options.js';
import { atATime } from '../common.js';
import { text } from '../curve.js';
import { runJobs } from '../jobs.js';
import type { Split } from '../splits/split.js';
import { summaries } from '../summary.js';
import { type FoldContext, runTrial, type TrialScores, type TrialSpec } from '../trial.js';
import { type HalvingOptions, halvingRounds, type Round } from './halving.js';
import type { CheckedSearch, SearchResult } from './options.js';

export type Parameters = Readonly<Record<string, unknown>>;
export type Result = SearchResult<Parameters, TrialScores>;

interface Candidate {
  readonly number: number;
  readonly parameters: Parameters;
}

export interface Plan {
  readonly where: string;
  readonly spec: TrialSpec;
  readonly splits: readonly Split[];
  readonly options: CheckedSearch;
  readonly makeModel: (parameters: never, context: never) => unknown;
  /** Less is better. */
  readonly cost: (score: number) => number;
}

export type SearchRound = Omit<Round, 'resource'> & { readonly resource: number | undefined };

const halvingRules = {
  resource: oneOf('epochs', 'rows'),
  factor: withDefault(integer(2), 3),
  min: optional(positiveInteger()),
  max: optional(positiveInteger()),
};

export function roundsOf(where: string, candidates: number, splits: readonly Split[], halving: HalvingOptions | undefined): SearchRound[] {
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
export async function runRounds(plan: Plan, configurations: readonly Parameters[], rounds: readonly SearchRound[]): Promise<Result[]> {
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

/** `{ units: 16, lr: 0.01 }` */
export function describeParameters(parameters: Parameters): string {
  const entries = Object.entries(parameters).map(([name, value]) => `${name}: ${text(value)}`);
  return `{ ${entries.join(', ')} }`;
}
