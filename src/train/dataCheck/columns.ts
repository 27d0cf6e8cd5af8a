/** Findings about the numbers of columns. */

import { LARGE_INPUT } from '../diagnose.js';
import { type DataFinding, list } from './report.js';
import { type ColumnStatistics, columnsWhere, greatestOf, isConstant, sizeOfColumn } from './statistics.js';

/** First weights are made for inputs whose root mean square is about 1; ten times more or less still trains. */
const LARGE = 10;
/** Columns of rare ones, as one-hot columns are, have a small root mean square but are not small. */
const SMALL = 0.01;
/** Between the widest and the narrowest column: one learning rate does not suit both. */
const SPREAD = 1000;

const short = (value: number): string => `${Number(value.toPrecision(3))}`;

/** All rows are one: there is nothing to learn from. */
export function constantInputs(x: ColumnStatistics): DataFinding | undefined {
  if (x.rows < 2 || columnsWhere(x, (column) => !isConstant(x, column)).length > 0) return undefined;
  return {
    kind: 'constantInputs',
    severe: true,
    data: 'x',
    found: `all ${x.rows} rows are the same`,
    consequence: 'A model can learn nothing but the mean of y from them',
    advice: 'Look at how x is read',
  };
}

/**
 * What overflows, or makes every unit saturate. `converted`: the model makes something else of them, be it
 * by layers that prepare data or because the dtype is one for indices and pixels.
 */
export function hugeInputs(x: ColumnStatistics, converted: boolean): DataFinding | undefined {
  const columns = converted ? [] : columnsWhere(x, (column) => greatestOf(x, column) > LARGE_INPUT);
  if (columns.length === 0) return undefined;
  const greatest = columns.reduce((most, column) => Math.max(most, greatestOf(x, column)), 0);
  return {
    kind: 'hugeInputs',
    severe: true,
    data: 'x',
    columns,
    found: `numbers as large as ${short(greatest)} in ${list('column', columns)}`,
    consequence: 'First steps overflow or saturate, unless the model scales them itself',
    advice: 'Subtract the mean and divide by the standard deviation of each column',
  };
}

/** What makes training slower or rests on luck. `converted`: as above. */
export function columnFindings(x: ColumnStatistics, converted: boolean): DataFinding[] {
  if (x.rows < 2) return [];
  const constant = columnsWhere(x, (column) => isConstant(x, column));
  const varying = columnsWhere(x, (column) => !isConstant(x, column));
  const scaled = converted ? [] : [...unscaled(x, varying), ...scales(x, varying)];
  return [...constantColumns(constant, varying.length), ...scaled];
}

function constantColumns(columns: readonly number[], varying: number): DataFinding[] {
  if (columns.length === 0 || varying === 0) return [];
  return [
    {
      kind: 'constantColumns',
      severe: false,
      data: 'x',
      columns,
      found: `${list('column', columns)} ${columns.length === 1 ? 'is' : 'are'} the same in all rows`,
      consequence: 'They say nothing, and a value that differs later meets weights that were never trained',
      advice: 'Leave them out, unless they are the border of pictures or belong to a shape',
    },
  ];
}

function unscaled(x: ColumnStatistics, varying: readonly number[]): DataFinding[] {
  const large = varying.filter((column) => sizeOfColumn(x, column) > LARGE && greatestOf(x, column) <= LARGE_INPUT);
  const small = varying.filter((column) => greatestOf(x, column) < SMALL);
  const say = (columns: readonly number[], how: string, consequence: string): DataFinding[] => {
    if (columns.length === 0) return [];
    const sizes = columns.map((column) => sizeOfColumn(x, column));
    const range = `${short(sizes.reduce((a, b) => Math.min(a, b)))} to ${short(sizes.reduce((a, b) => Math.max(a, b)))}`;
    return [
      {
        kind: 'unscaledColumns',
        severe: false,
        data: 'x',
        columns,
        found: `${list('column', columns)} ${columns.length === 1 ? 'is' : 'are'} ${how}: root mean square ${range}`,
        consequence,
        advice: 'Subtract the mean and divide by the standard deviation of each column; divide pixels by 255',
      },
    ];
  };
  return [
    ...say(large, 'far above 1', 'Activations and gradients grow with it: rates that suit the other columns diverge or saturate'),
    ...say(small, 'far below 1', 'Their weights get gradients as small, so that they hardly train'),
  ];
}

function scales(x: ColumnStatistics, varying: readonly number[]): DataFinding[] {
  const by = (better: (a: number, b: number) => boolean) =>
    varying.reduce((best, column) => (better(x.deviation(column), x.deviation(best)) ? column : best), varying[0]!);
  if (varying.length < 2) return [];
  const [widest, narrowest] = [by((a, b) => a > b), by((a, b) => a < b)];
  const ratio = x.deviation(widest) / x.deviation(narrowest);
  if (!(ratio > SPREAD)) return [];
  return [
    {
      kind: 'differentScales',
      severe: false,
      data: 'x',
      columns: [narrowest, widest],
      found: `the standard deviation of column ${widest} is ${short(x.deviation(widest))}, that of column ${narrowest} ${short(x.deviation(narrowest))}`,
      consequence: 'No learning rate suits both; the wide column decides',
      advice: 'Divide each column by its standard deviation, or take the logarithm of those with a long tail',
    },
  ];
}

/** Of numbers that are to be predicted. */
export function targetFindings(y: ColumnStatistics): DataFinding[] {
  if (y.rows < 2) return [];
  const constant = columnsWhere(y, (column) => isConstant(y, column));
  if (constant.length === y.columns) {
    return [
      {
        kind: 'constantTargets',
        severe: false,
        data: 'y',
        columns: constant,
        found: `all ${y.rows} rows have the same target`,
        consequence: 'The best model is a constant',
        advice: 'Look at how y is read',
      },
    ];
  }
  const large = columnsWhere(y, (column) => sizeOfColumn(y, column) > LARGE);
  if (large.length === 0) return [];
  return [
    {
      kind: 'unscaledTargets',
      severe: false,
      data: 'y',
      columns: large,
      found: `${list('column', large)} ${large.length === 1 ? 'is' : 'are'} far above 1: root mean square up to ${short(large.reduce((most, column) => Math.max(most, sizeOfColumn(y, column)), 0))}`,
      consequence: 'A first prediction is about 0: losses and gradients are as large as the squares of these',
      advice: 'Train on (y − mean) / standard deviation and undo it after predict, or take the logarithm',
    },
  ];
}
