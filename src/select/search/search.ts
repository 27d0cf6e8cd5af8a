/** What grid and random search share: rounds over the candidates, then the best is trained on all data. */

import { type Columns, rowsOf } from '../../data/columns.js';
import { OptionError } from '../../errors.js';
import { suggestion } from '../../nearest.js';
import { plainTable } from '../../table.js';
import { betterWay } from '../../train/callbacks/monitor.js';
import { checkMetrics } from '../../train/outputs.js';
import { columnsOf } from '../common.js';
import { text } from '../curve.js';
import { named } from '../named.js';
import { splitsOf } from '../splits/options.js';
import { isNumeric, plusMinus } from '../summary.js';
import { refit, specOf, type TrialScores } from '../trial.js';
import type { CheckedSearch, Search, SearchContext } from './options.js';
import { describeParameters, type Parameters, type Plan, type Result, roundsOf, runRounds, type SearchRound } from './rounds.js';

export async function search(
  where: string,
  makeModel: (parameters: never, context: never) => unknown,
  data: unknown,
  configurations: readonly Parameters[],
  options: CheckedSearch,
): Promise<Search<Parameters, TrialScores>> {
  const cost = costOf(where, options);
  const columns = columnsOf(where, data, options);
  const splits = splitsOf(where, columns, options);
  const spec = specOf({ where, columns, metrics: options.metrics, seed: options.seed, folds: splits.length });
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

function costOf(where: string, { monitor, mode = betterWay(monitor), metrics }: CheckedSearch): (score: number) => number {
  const names = ['loss', ...checkMetrics(where, metrics).map(({ name }) => name)];
  if (!names.includes(monitor)) {
    throw new OptionError(`${where}: there is no value ${JSON.stringify(monitor)} to monitor${suggestion(monitor, names)}`, { op: where });
  }
  return (score) => (mode === 'min' ? score : -score);
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
