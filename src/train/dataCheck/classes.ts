/** Findings about how often classes occur. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Column } from '../../data/columns.js';
import type { NDArray } from '../../tensor/ndarray.js';
import { type DataFinding, list, percent } from './report.js';
import type { ColumnStatistics } from './statistics.js';

/** The most frequent class against the rarest: what plain accuracy no longer shows. */
const IMBALANCE = 10;
/** Whole numbers that go further are counts or positions, unless somebody says that they are classes. */
const MOST_CLASSES = 1000;
const MOST_LABELS = 2 ** 20;
const PART_ROWS = 2 ** 20;
/** What sums of shares may be off. */
const ROUNDING = 1e-6;

/** How often each class occurs; undefined if y are no classes. Counts of one-hot rows and probabilities are their sums. */
export async function classCounts({ values }: Column, y: ColumnStatistics, classes?: number): Promise<Float64Array | undefined> {
  if (values.rank === 2 && y.columns > 1) return shares(y, classes);
  const [least, greatest] = [y.least(0), y.greatest(0)];
  if (y.columns > 1 || least < 0 || !(greatest < MOST_LABELS)) return undefined;
  if (classes !== undefined) return countLabels(values, Math.max(classes, Math.floor(greatest) + 1));
  const whole = values.dtype === 'i32' || values.dtype === 'u8' || values.dtype === 'bool';
  const likely = whole && greatest < MOST_CLASSES && 2 * (greatest + 1) <= values.shape[0]!;
  return likely ? countLabels(values, greatest + 1) : undefined;
}

/** In parts, between which the event loop turns. Undefined if some are no labels. */
async function countLabels(values: NDArray, classes: number): Promise<Float64Array | undefined> {
  const counts = new Float64Array(classes);
  for (let begin = 0; begin < values.shape[0]!; begin += PART_ROWS) {
    if (begin > 0) await turn();
    const part = values.slice(begin, begin + PART_ROWS).native.labelCounts(classes);
    for (const [label, count] of part.entries()) counts[label]! += count;
  }
  return total(counts) === values.shape[0]! ? counts : undefined;
}

/** One-hot rows or probabilities: from 0 to 1, and 1 together. */
function shares(y: ColumnStatistics, classes: number | undefined): Float64Array | undefined {
  let sum = 0;
  for (let column = 0; column < y.columns; column++) {
    if (y.least(column) < -ROUNDING || y.greatest(column) > 1 + ROUNDING) return undefined;
    sum += y.mean(column);
  }
  const likely = classes === y.columns || Math.abs(sum - 1) <= ROUNDING;
  return likely ? Float64Array.from({ length: y.columns }, (_, column) => y.mean(column) * y.rows) : undefined;
}

const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);
const classesWhere = (counts: Float64Array, test: (count: number) => boolean): number[] =>
  [...counts.keys()].filter((label) => test(counts[label]!));

export function classFindings(training: Float64Array, validation: Float64Array | undefined): DataFinding[] {
  const present = classesWhere(training, (count) => count > 0);
  const unseen = validation ? classesWhere(validation, (count) => count > 0).filter((label) => !(training[label]! > 0)) : [];
  return [...distribution(training, present), ...(unseen.length > 0 ? [unseenClasses(unseen)] : [])];
}

function distribution(counts: Float64Array, present: readonly number[]): DataFinding[] {
  if (present.length === 1) {
    return [
      {
        kind: 'singleClass',
        severe: false,
        data: 'y',
        classes: present,
        found: `all ${total(counts)} rows are of class ${present[0]}`,
        consequence: 'A model that always says so is never wrong on them',
        advice: 'Look at how y is read, and at whether rows were sorted by class before they were split',
      },
    ];
  }
  const absent = classesWhere(counts, (count) => count === 0);
  return [...(absent.length > 0 ? [absentClasses(absent)] : []), ...imbalance(counts, present)];
}

function absentClasses(classes: readonly number[]): DataFinding {
  return {
    kind: 'absentClasses',
    severe: false,
    data: 'y',
    classes,
    found: `no row is of ${list('class', classes)}`,
    consequence: 'The model learns never to say so',
    advice: 'Number the classes from 0 without gaps, or split by class so that each is in the training data',
  };
}

function imbalance(counts: Float64Array, present: readonly number[]): DataFinding[] {
  const by = (better: (a: number, b: number) => boolean) =>
    present.reduce((best, label) => (better(counts[label]!, counts[best]!) ? label : best));
  const [most, least] = [by((a, b) => a > b), by((a, b) => a < b)];
  if (counts[most]! < IMBALANCE * counts[least]!) return [];
  const rare = present.filter((label) => counts[most]! >= IMBALANCE * counts[label]!);
  const share = counts[most]! / total(counts);
  return [
    {
      kind: 'imbalance',
      severe: false,
      data: 'y',
      classes: rare,
      found: `class ${most} has ${counts[most]} rows (${percent(share)}), class ${least} ${counts[least]}; ${list('class', rare)} ${rare.length === 1 ? 'is' : 'are'} ${IMBALANCE} times rarer or more`,
      consequence: `Always saying ${most} is right in ${percent(share)} of the rows, so that accuracy hides what happens to the rare ones`,
      advice: 'Watch balancedAccuracy or f1; weigh the classes: crossEntropy({ classWeights }) or sampleWeights',
    },
  ];
}

function unseenClasses(classes: readonly number[]): DataFinding {
  return {
    kind: 'unseenClasses',
    severe: false,
    data: 'validation.y',
    classes,
    found: `${list('class', classes)} ${classes.length === 1 ? 'is' : 'are'} in the validation data alone`,
    consequence: 'The model cannot learn them, and validation counts that against it',
    advice: 'Shuffle the rows before they are split, or split by class',
  };
}
