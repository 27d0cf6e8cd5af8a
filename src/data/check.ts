/**
 * What must be true of numbers before a run reads them. The scans run in the core; each is cut into
 * parts of at most about a millisecond, and the event loop turns between some of them.
 */

import { DataError } from '../errors.js';
import type { DType } from '../native/binding.js';
import type { NDArray } from '../tensor/ndarray.js';
import type { Column, Columns } from './columns.js';
import { Pace } from './pace.js';

/** Labels: whole numbers from 0 to `classes` − 1, or `ignoreIndex`. */
interface Labels {
  readonly classes: number;
  readonly ignoreIndex?: number;
}

/** Both ends included. */
interface Interval {
  readonly from: number;
  readonly to: number;
}

/** Positions along the last axis. */
export type Features = 'all' | readonly number[];

/** What targets must be. */
export type Targets = Labels | Interval;

/** A scan in parts. Throws `DataError`. */
export type Check = Iterable<void>;

const PART_ELEMENTS = 2 ** 18;
/** What sums of probabilities may be off. */
const ROUNDING = 1e-6;
const F32_MAX = 3.4028234663852886e38;
const mayBeInfinite = ({ dtype }: NDArray) => dtype === 'f32' || dtype === 'f64';

/** Runs scans one after the other. */
export async function runChecks(checks: Iterable<Check>, cancelled: () => boolean): Promise<void> {
  const pace = new Pace();
  for (const check of checks) {
    for (const _ of check) {
      if (cancelled()) return;
      if (pace.due()) await pace.turn();
    }
  }
}

/** Runs scans at once. */
export function runChecksSync(checks: Iterable<Check>): void {
  for (const check of checks) for (const _ of check);
}

/** All that must be true of the data of a run before it begins. `missing`: where x may hold NaN. */
export function dataChecks(
  where: string,
  { x, y, weights }: Columns,
  targets: readonly Targets[],
  dtype: DType,
  missing: Features = [],
): Check[] {
  return [
    checkFinite(where, x, dtype, missing),
    checkFinite(where, y, dtype),
    ...(weights ? [checkFinite(where, weights, dtype), checkNonNegative(where, weights)] : []),
    ...targetChecks(where, y, targets),
  ];
}

/** What loss and metrics want of targets. */
export function targetChecks(where: string, y: Column, targets: readonly Targets[]): Check[] {
  return targets.map((wanted) => checkTargets(where, y, wanted));
}

/** Examines a column part by part along the rows, given the row that each begins at. */
function* scan(values: NDArray, examine: (part: NDArray, begin: number) => void): Generator<void> {
  const rows = values.shape[0]!;
  const step = Math.max(1, Math.floor(PART_ELEMENTS / (values.size / rows)));
  for (let begin = 0; begin < rows; begin += step) {
    if (begin > 0) yield;
    examine(step >= rows ? values : values.slice(begin, begin + step), begin);
  }
}

/** Arrays that a whole scan found finite, in these dtypes: what cannot change is looked at once, however often it is trained on. */
const finite = new WeakMap<NDArray, Set<DType>>();

/** No NaN but where it may be `missing`, no infinity, and nothing that becomes one in the model's dtype. */
export function* checkFinite(where: string, column: Column, dtype: DType, missing: Features = []): Generator<void> {
  const { values } = column;
  if (!mayBeInfinite(values) || finite.get(values)?.has(dtype)) return;
  const excused = mayBeMissing(values, missing);
  yield* scan(values, (part, begin) => checkPart({ where, column, dtype, excused }, part, begin));
  if (!values.fixed || excused) return;
  finite.set(values, (finite.get(values) ?? new Set()).add(dtype));
}

/** `checkFinite` at once, for a few rows. */
export function checkFiniteSync(where: string, column: Column, dtype: DType, missing: Features): void {
  const { values } = column;
  if (mayBeInfinite(values) && !isPlainlyFinite(values, dtype))
    checkPart({ where, column, dtype, excused: mayBeMissing(values, missing) }, values, 0);
}

/** Few numbers are looked at sooner here than brought to the core. */
function isPlainlyFinite({ outside, dtype }: NDArray, wanted: DType): boolean {
  if (outside === undefined || dtype !== wanted) return false;
  // Sums are NaN as soon as one number is not finite; four of them do not wait for each other.
  const whole = outside.length - (outside.length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < whole; i += 4) {
    a += outside[i]! * 0;
    b += outside[i + 1]! * 0;
    c += outside[i + 2]! * 0;
    d += outside[i + 3]! * 0;
  }
  for (let i = whole; i < outside.length; i++) a += outside[i]! * 0;
  return a + b + c + d === 0;
}

interface Finite {
  readonly where: string;
  readonly column: Column;
  readonly dtype: DType;
  readonly excused: Uint8Array | undefined;
}

function checkPart({ where, column, dtype, excused }: Finite, part: NDArray, begin: number): void {
  const found = part.native.findNonFinite(excused);
  if (found) throw badElement(where, column, part, { ...found, begin }, finiteHint(part.dtype));
  if (dtype === 'f32' && part.dtype === 'f64') checkWidth(where, column, part, begin);
}

function mayBeMissing({ shape }: NDArray, missing: Features): Uint8Array | undefined {
  if (shape.length < 2 || missing.length === 0) return undefined;
  return Uint8Array.from({ length: shape.at(-1)! }, (_, i) => Number(missing === 'all' || missing.includes(i)));
}

function finiteHint(dtype: DType): string {
  return `expected finite numbers${dtype === 'f32' ? ', of at most 3.4e38 in f32' : ''}`;
}

function checkWidth(where: string, of: Column, part: NDArray, begin: number): void {
  const { min, max } = part.native.range();
  if (max <= F32_MAX && min >= -F32_MAX) return;
  const at = part.data.findIndex((x) => Math.abs(x) > F32_MAX);
  const width = part.size / part.shape[0]!;
  throw badElement(where, of, part, { row: Math.floor(at / width), column: at % width, begin }, 'too large for the f32 of the model');
}

interface Place {
  readonly row: number;
  readonly column: number;
  readonly begin: number;
}

function badElement(
  where: string,
  { name, numberOf = (place) => place }: Column,
  part: NDArray,
  { row, column, begin }: Place,
  expected: string,
): DataError {
  const width = part.size / part.shape[0]!;
  const value = part.slice(row, row + 1).data[column]!;
  const number = numberOf(begin + row);
  const place = width === 1 ? `row ${number}` : `row ${number}, column ${column}`;
  return new DataError(`${where}: ${name} holds ${value} in ${place}; ${expected}`, {
    op: where,
    row: number,
    column,
    found: String(value),
  });
}

function checkNonNegative(where: string, of: Column): Check {
  return scan(of.values, (part, begin) => {
    if (part.native.range().min >= 0) return;
    const row = part.data.findIndex((x) => x < 0);
    throw badElement(where, of, part, { row, column: 0, begin }, 'expected numbers of 0 or more');
  });
}

function checkTargets(where: string, of: Column, wanted: Targets): Check {
  return scan(of.values, (part, begin) => {
    const range = part.native.range();
    if ('from' in wanted) {
      if (range.min < wanted.from - ROUNDING || range.max > wanted.to + ROUNDING) throw outside(where, of, part, begin, wanted);
    } else if (!range.whole || range.min < 0 || range.max >= wanted.classes) findBadLabel(where, of, part, begin, wanted);
  });
}

function outside(where: string, of: Column, part: NDArray, begin: number, { from, to }: Interval): DataError {
  const at = part.data.findIndex((x) => x < from - ROUNDING || x > to + ROUNDING);
  const width = part.size / part.shape[0]!;
  return badElement(where, of, part, { row: Math.floor(at / width), column: at % width, begin }, `expected numbers from ${from} to ${to}`);
}

/** The slow search, once the fast scan has found something: perhaps only labels to be ignored. */
function findBadLabel(
  where: string,
  { name, numberOf = (place) => place }: Column,
  part: NDArray,
  begin: number,
  { classes, ignoreIndex }: Labels,
): void {
  const at = part.data.findIndex((label) => label !== ignoreIndex && !(Number.isInteger(label) && label >= 0 && label < classes));
  if (at < 0) return;
  const label = part.data[at]!;
  const row = numberOf(begin + Math.floor(at / (part.size / part.shape[0]!)));
  const ignored = ignoreIndex === undefined ? '' : ` or ${ignoreIndex} (ignored)`;
  const hint = label === classes && ignoreIndex === undefined ? '; labels count from 0' : '';
  throw new DataError(
    `${where}: ${name} holds the label ${label} in row ${row}; expected a whole number from 0 to ${classes - 1}${ignored}${hint}`,
    {
      op: where,
      row,
      found: String(label),
    },
  );
}

export { checkNonNegative, checkTargets };
