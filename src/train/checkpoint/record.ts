/** Where a run stands, but for its tensors: what a checkpoint holds as JSON. */

import { bool, checkOptions, custom, integer, listOf, nonNegative, optional, type Rule, type Rules, text } from '../../options.js';
import { isPlain } from '../../plain.js';
import type { Position } from '../chunk.js';
import type { Place } from '../supply.js';
import type { KeptTotals } from '../totals.js';
import type { KeptHistory } from './keptHistory.js';

/** What must be the same for a run to go on to the bit. */
export interface RunTerms {
  /** How the training data were made, but for their numbers. */
  readonly data: string;
  /** 0 for streams. */
  readonly rows: number;
  readonly validationRows: number;
  readonly batchSize: number;
  /** Where an option says so; null: the data do. */
  readonly stepsPerEpoch: number | null;
  readonly seed: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly optimizer: string;
  /** As the run began; null for a schedule. */
  readonly lr: number | null;
  readonly clipNorm: number | null;
  readonly clipValue: number | null;
  readonly metrics: readonly string[];
}

/** Parameters that the optimizer updates together, by their paths in the model; all others were frozen. */
export interface KeptGroup {
  readonly id: number;
  readonly parameters: readonly string[];
}

export interface RunRecord {
  readonly terms: RunTerms;
  readonly groups: readonly KeptGroup[];
  readonly position: Position;
  /** Of a source that goes on from epoch to epoch. */
  readonly place: Place | null;
  /** Steps of the run. */
  readonly step: number;
  /** Of the optimizer when the run began: where its schedule stood. */
  readonly firstStep: number;
  /** The present rate; null for a schedule. */
  readonly lr: number | null;
  /** Sums over the present epoch. */
  readonly partial: KeptTotals;
  readonly history: KeptHistory;
  /** Set when the run is over. */
  readonly stopReason: string | null;
  readonly seconds: number;
  /** Epoch of the weights that the model gets in the end; null: it keeps the last. */
  readonly finalEpoch: number | null;
  /** What each callback keeps; null: nothing. */
  readonly callbacks: readonly unknown[];
}

const orNull = <T>({ expected, accepts }: Rule<T>): Rule<T | null> =>
  custom(`${expected} or null`, (value) => value === null || accepts(value));
const numbers = () => listOf(custom<number>('a number', (value) => typeof value === 'number'));
const record = <T = never>(name: string, rules: Readonly<Record<string, Rule<unknown>>>) =>
  custom<T>(name, (value) => isPlain(value) && Boolean(checkOptions(name, value, rules)));

const termsRules = {
  data: text(),
  rows: integer(0),
  validationRows: integer(0),
  batchSize: integer(1),
  stepsPerEpoch: orNull(integer(1)),
  seed: integer(0),
  shuffle: bool(),
  dropLast: bool(),
  optimizer: text(),
  lr: orNull(nonNegative()),
  clipNorm: orNull(nonNegative()),
  clipValue: orNull(nonNegative()),
  metrics: listOf(text()),
} satisfies Rules<RunTerms>;

const lists = custom<never>('lists by name', (value) => isPlain(value) && Object.values(value).every(Array.isArray));

const isGroup = (value: unknown) =>
  isPlain(value) && Boolean(checkOptions('groups', value, { id: integer(0), parameters: listOf(text()) }));

const recordRules = {
  terms: record('terms', termsRules),
  groups: listOf(custom<KeptGroup>('{ id, parameters }', isGroup)),
  position: record('position', { epoch: integer(0), batch: integer(0) }),
  place: orNull(record<Place>('place', { pass: integer(0), batch: integer(0) })),
  step: integer(0),
  firstStep: integer(0),
  lr: orNull(nonNegative()),
  partial: record('partial', { steps: integer(0), rows: integer(0), sums: numbers(), each: listOf(numbers()) }),
  history: record('history', { loss: numbers(), lr: numbers(), metrics: lists, validation: optional(lists) }),
  stopReason: orNull(text()),
  seconds: nonNegative(),
  finalEpoch: orNull(integer(0)),
  callbacks: custom<readonly unknown[]>('a list', Array.isArray),
} satisfies Rules<RunRecord>;

/** Throws `OptionError` unless it is a record. */
export function checkRecord(where: string, value: unknown): RunRecord {
  return checkOptions(where, value, recordRules);
}

const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
]);

/** JSON that keeps every number to the bit: those that JSON has not are `{ "$number": "NaN" }`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'number' || (Number.isFinite(inner) && !Object.is(inner, -0))) return inner;
    return { $number: Object.is(inner, -0) ? '-0' : String(inner) };
  });
}

export function fromJson(json: string): unknown {
  return JSON.parse(json, (_, inner: unknown) => {
    const name = isPlain(inner) ? inner.$number : undefined;
    return typeof name === 'string' ? (SPECIAL.get(name) ?? inner) : inner;
  });
}
