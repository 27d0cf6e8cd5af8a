/** Values of the same kind from several runs. */

import { mean } from '../statistics.js';

/** One value a run, with their mean and the standard deviation of a whole population (divided by n). NaN where they are no numbers. */
export interface Summary<V = number> {
  readonly mean: number;
  readonly std: number;
  readonly values: readonly V[];
}

/** Summaries by the names of scores. */
export type Summaries<S> = { readonly [K in keyof S]: Summary<S[K]> };

export function summarize<V>(values: readonly V[]): Summary<V> {
  const numbers = values.map((value) => (typeof value === 'number' ? value : Number.NaN));
  const middle = mean(numbers);
  return { mean: middle, std: Math.sqrt(mean(numbers.map((value) => (value - middle) ** 2))), values };
}

/** Of every score that the runs have in common. */
export function summaries<S extends object>(runs: readonly S[]): Summaries<S> {
  const names = Object.keys(runs[0] ?? {}) as (keyof S)[];
  return Object.fromEntries(names.map((name) => [name, summarize(runs.map((run) => run[name]))])) as Summaries<S>;
}

/** Whether there is anything to print: a confusion matrix has no mean. */
export function isNumeric({ values }: Summary<unknown>): boolean {
  return values.every((value) => typeof value === 'number');
}

/** `0.9512 ± 0.0123` */
export function plusMinus({ mean, std }: Summary<unknown>): string {
  return `${mean.toPrecision(4)} ± ${std.toPrecision(2)}`;
}
