/** What grid and random search share: rounds over the candidates, then the best is trained on all data. */

import { OptionError } from '../../errors.js';
import { suggestion } from '../../nearest.js';
import { plainTable } from '../../table.js';
import { betterWay } from '../../train/callbacks/monitor.js';
import { checkMetrics } from '../../train/outputs.js';
import { rowsFor } from '../common.js';
import { text } from '../curve.js';
import { named } from '../named.js';
import { splitsOf } from '../splits/options.js';
import { isNumeric, plusMinus } from '../summary.js';
import { refit, specOf, type TrialScores } from '../trial.js';
import type { CheckedSearch, Search } from './options.js';
import { describeParameters, type Parameters, type Plan, type Result, roundsOf, runRounds, type SearchRound } from './rounds.js';

export async function search(
  where: string,
  makeModel: (parameters: never, context: never) => unknown,
  data: unknown,
  configurations: readonly Parameters[],
  options: CheckedSearch,
): Promise<Search<Parameters, TrialScores>> {
  const cost = costOf(where, options);
  const rows = await rowsFor(where, data, options);
  const splits = await splitsOf(where, rows, options);
  const spec = specOf({ where, data: rows, metrics: options.metrics, seed: options.seed, folds: splits.length });
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
  const final = options.refit ? await trainBest(plan, best, rounds) : undefined;
  return { best, results, rounds, model: final?.model, history: final?.history, toString: () => print(results, options.halving?.resource) };
}

function costOf(where: string, { monitor, mode = betterWay(monitor), metrics }: CheckedSearch): (score: number) => number {
  const names = ['loss', ...checkMetrics(where, metrics).map(({ name }) => name)];
  if (!names.includes(monitor)) {
    throw new OptionError(`${where}: there is no value ${JSON.stringify(monitor)} to monitor${suggestion(monitor, names)}`, { op: where });
  }
  return (score) => (mode === 'min' ? score : -score);
}

function trainBest({ where, spec, options, makeModel }: Plan, { parameters }: Result, rounds: readonly SearchRound[]) {
  const epochs = options.halving?.resource === 'epochs' ? rounds.at(-1)!.resource : undefined;
  const context = (train: unknown) => ({ fold: 0, folds: spec.folds, train, test: undefined }) as never;
  return refit(
    spec,
    {
      name: `${describeParameters(parameters)}, all ${spec.data.rows} rows`,
      makeModel: (all) => makeModel(parameters as never, context(all)),
      options: (all) => (options.fit as (...args: unknown[]) => unknown)(parameters, context(all)),
      ...(epochs !== undefined && { epochs }),
    },
    options.signal,
  ).catch((error) => {
    throw named(error, `${where}: refit`);
  });
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
  return plainTable([['rank', ...parameters, ...(resource === undefined ? [] : [resource]), ...names], ...rows]).join('\n');
}
