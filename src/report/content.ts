/** What a page is made of: everything checked, nothing computed that needs a model. */

import { describe, OptionError } from '../errors.js';
import { type Checked, checkOptions, custom, listOf, optional, type Rules, text, withDefault } from '../options.js';
import { isPlain } from '../plain.js';
import type { Environment, RunOptions } from '../train/about.js';
import type { Scores } from '../train/events.js';
import type { History } from '../train/history.js';
import type { Outcomes } from './assess/outcomes.js';
import type { Weight } from './assess/weights.js';
import { checkLayers, type LayerStatistics, type Layers } from './layers.js';

export interface ReportOptions {
  /** Heading of the page. Default `Training report`. */
  readonly title?: string;
  /** Names of the classes, in the order of the scores. Default: 0, 1, 2, … */
  readonly classes?: readonly string[];
  /** What `evaluate` found on data that nothing was chosen by: shown first. */
  readonly evaluation?: Scores;
  /** Statistics by parameter path: of weights, gradients and updates. */
  readonly layers?: Layers;
}

/** What `writeReport` reads of a history. One that went through JSON, where NaN is null, will do. */
export type ReportHistory = Pick<History, 'loss' | 'lr' | 'stopReason' | 'seconds' | 'steps'> & {
  readonly metrics: Readonly<Record<string, readonly unknown[]>>;
  readonly validation?: Readonly<Record<string, readonly unknown[]>>;
  readonly restoredEpoch?: number;
  readonly options?: Partial<RunOptions>;
  readonly environment?: Partial<Environment>;
};

/** Values of one metric, one an epoch. */
export interface Curve {
  readonly name: string;
  readonly training: readonly number[];
  readonly validation?: readonly number[];
}

export interface Content {
  readonly title: string;
  readonly classes: readonly string[] | undefined;
  readonly evaluation: Scores | undefined;
  readonly layers: ReadonlyMap<string, LayerStatistics>;
  readonly epochs: number;
  readonly steps: number;
  readonly seconds: number;
  readonly stopReason: string;
  readonly restoredEpoch: number | undefined;
  readonly loss: Curve;
  /** Metrics that are one number. */
  readonly curves: readonly Curve[];
  readonly lr: readonly number[];
  /** Confusion matrix of the last epoch's validation or training rows, if a metric counted one. */
  readonly counted: { readonly of: string; readonly matrix: readonly (readonly number[])[] } | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly outcomes?: Outcomes;
  readonly weights?: readonly Weight[];
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

export const reportRules = {
  title: withDefault(text(), 'Training report'),
  classes: optional(listOf(text())),
  evaluation: optional(custom<Scores>('scores by name, as evaluate() finds them', isPlain)),
  layers: optional(custom<Layers>('statistics by parameter path', isObject)),
} satisfies Rules<ReportOptions>;

const isNumbers = (value: unknown) => Array.isArray(value) && value.every((x) => typeof x === 'number' || x === null);
const isLists = (value: unknown) => isPlain(value) && Object.values(value).every(Array.isArray);
const numbers = () => custom<readonly number[]>('a list of numbers', isNumbers);
const lists = () => custom<Readonly<Record<string, readonly unknown[]>>>('lists by name', isLists);
const plain = () => custom<Readonly<Record<string, unknown>>>('an object', isPlain);
const count = () => custom<number>('a number of 0 or more', (value) => typeof value === 'number' && value >= 0);

const historyRules = {
  loss: numbers(),
  lr: numbers(),
  metrics: lists(),
  validation: optional(lists()),
  steps: count(),
  seconds: count(),
  stopReason: text(),
  restoredEpoch: optional(count()),
  options: optional(plain()),
  environment: optional(plain()),
};

/** Only what is needed; a history may hold more. */
function checkHistory(where: string, history: unknown) {
  if (!isPlain(history)) {
    const hint = typeof (history as { then?: unknown } | null)?.then === 'function' ? ': await the run first' : '';
    throw new OptionError(
      `${where}: the first argument must be a history, what a run of fit() resolves with, found ${describe(history)}${hint}`,
      {
        op: where,
      },
    );
  }
  const known = Object.fromEntries(Object.keys(historyRules).flatMap((key) => (key in history ? [[key, history[key]]] : [])));
  return checkOptions(`${where}: history`, known, historyRules);
}

const toNumber = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
const isNumeric = (values: readonly unknown[]): boolean => values.length > 0 && values.every((x) => typeof x === 'number' || x === null);

const isMatrix = (value: unknown): value is number[][] =>
  Array.isArray(value) && value.length > 1 && value.every((row) => Array.isArray(row) && row.length === value.length && areCounts(row));

// Written out: a matrix may have millions of them.
function areCounts(row: readonly unknown[]): boolean {
  for (let i = 0; i < row.length; i++) {
    const count = row[i];
    if (typeof count !== 'number' || !(count >= 0)) return false;
  }
  return true;
}

export function contentOf(where: string, history: unknown, checked: Checked<typeof reportRules>): Content {
  const { loss, lr, metrics, validation, ...rest } = checkHistory(where, history);
  const curve = (name: string, training: readonly unknown[]): Curve => {
    const other = validation && Object.hasOwn(validation, name) ? validation[name]! : undefined;
    return { name, training: training.map(toNumber), ...(other && isNumeric(other) && { validation: other.map(toNumber) }) };
  };
  const numeric = Object.entries(metrics).filter(([, values]) => isNumeric(values));
  return {
    ...rest,
    title: checked.title,
    classes: checked.classes,
    evaluation: checked.evaluation,
    layers: checkLayers(where, checked.layers ?? {}),
    options: rest.options ?? {},
    environment: rest.environment ?? {},
    epochs: loss.length,
    loss: curve('loss', loss),
    curves: numeric.map(([name, values]) => curve(name, values)),
    lr: lr.map(toNumber),
    counted: countedIn(checked.evaluation, validation, metrics),
  };
}

type Lists = Readonly<Record<string, readonly unknown[]>>;

/** A confusion matrix that somebody asked for, of the rows that say most. */
function countedIn(evaluation: Scores | undefined, validation: Lists | undefined, metrics: Lists): Content['counted'] {
  const sources = [
    { of: 'evaluated rows', values: Object.values(evaluation ?? {}) },
    { of: 'validation rows, last epoch', values: Object.values(validation ?? {}).map((values) => values.at(-1)) },
    { of: 'training rows, last epoch', values: Object.values(metrics).map((values) => values.at(-1)) },
  ];
  for (const { of, values } of sources) {
    const matrix = values.find(isMatrix);
    if (matrix) return { of, matrix };
  }
  return undefined;
}
