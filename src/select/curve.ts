/** Scores of training and test by something that was varied. */

import { plainTable } from '../table.js';
import { isNumeric, plusMinus, type Summaries, summaries } from './summary.js';
import type { TrialResult } from './trial.js';

export interface CurvePoint<V, S> {
  readonly value: V;
  /** On the rows that were trained on. */
  readonly train: Summaries<S>;
  /** On rows that were not. */
  readonly test: Summaries<S>;
}

export interface Curve<V, S> {
  readonly points: readonly CurvePoint<V, S>[];
  /** A table of the points. */
  toString(): string;
}

/** From the results of all folds of the first value, then of the second, … */
export function curve<V>(what: string, values: readonly V[], results: readonly TrialResult[]): Curve<V, object> {
  const folds = results.length / values.length;
  const points = values.map((value, i) => {
    const runs = results.slice(i * folds, (i + 1) * folds);
    return { value, train: summaries(runs.map((run) => run.trainScores!)), test: summaries(runs.map((run) => run.scores)) };
  });
  return { points, toString: () => print(what, points) };
}

function print(what: string, points: readonly CurvePoint<unknown, { readonly loss: number }>[]): string {
  const names = (Object.keys(points[0]!.test) as 'loss'[]).filter((name) => isNumeric(points[0]!.test[name]));
  const heads = names.flatMap((name) => [`${name}, train`, `${name}, test`]);
  const rows = points.map(({ value, train, test }) => [
    text(value),
    ...names.flatMap((name) => [plusMinus(train[name]), plusMinus(test[name])]),
  ]);
  return plainTable([[what, ...heads], ...rows]).join('\n');
}

/** A value of the user's in a table or a message. */
export function text(value: unknown): string {
  if (typeof value === 'function') return value.name || 'function';
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  return JSON.stringify(value) ?? String(value);
}
