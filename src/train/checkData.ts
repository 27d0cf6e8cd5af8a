/** A look at data before the first step. */

import { checkFinite, runChecks } from '../data/check.js';
import { type Column, type Data, dataColumns, rowsOf } from '../data/columns.js';
import { formatShape, ShapeError } from '../errors.js';
import { type Model, Module } from '../nn/module.js';
import { ORDINARY } from '../nn/preprocess/preparation.js';
import { checkOptions, custom, optional, positiveInteger, type Rules } from '../options.js';
import { callSite } from '../stack.js';
import { isFloat, sameShape } from '../tensor/dtype.js';
import { classCounts, classFindings } from './dataCheck/classes.js';
import { columnFindings, constantInputs, hugeInputs, targetFindings } from './dataCheck/columns.js';
import { leakage } from './dataCheck/leakage.js';
import { type DataFinding, DataReport } from './dataCheck/report.js';
import { columnStatistics } from './dataCheck/statistics.js';
import { nestedOf } from './input.js';
import { located } from './plan.js';

export interface CheckDataOptions {
  /** Rows that also occur in the training data are found, and classes that do not. */
  readonly validation?: Data;
  /**
   * What will be trained on them: numbers may be missing where its layers fill them, and layers that prepare
   * data are taken to scale them.
   */
  readonly model?: Model;
  /** How many classes y has. Default: what whole numbers (i32, u8) or rows of probabilities look like. */
  readonly classes?: number;
  /** Rows of each set that are looked at, at most, evenly spread. Default all. */
  readonly rows?: number;
}

const rules = {
  validation: optional(custom<Data>('an object { x, y }', (value) => typeof value === 'object' && value !== null)),
  model: optional(custom<Model>('a model', (value) => value instanceof Module)),
  classes: optional(positiveInteger()),
  rows: optional(positiveInteger()),
} satisfies Rules<CheckDataOptions>;

interface Set {
  readonly x: Column;
  readonly y: Column;
}

/**
 * What is wrong with data, before a model is trained on them: constant and unscaled columns, classes that
 * are rare, absent or new, validation rows that the training data have too. Each finding says where,
 * by which numbers, what that does and what to do.
 *
 *     const report = await checkData({ x, y }, { validation });
 *     console.log(`${report}`);
 *
 * The scans run in the core, off the JavaScript thread. Rejects with `DataError` for infinities and for NaN
 * that no layer of `model` fills, naming row and column. `fit` looks for the severe findings by itself: see its option `checkData`.
 */
export async function checkData(data: Data, options?: CheckDataOptions): Promise<DataReport> {
  const site = callSite();
  const { validation: given, model, classes, rows } = checkOptions('checkData', options, rules);
  const nested = model && nestedOf(model);
  const training = dataColumns('checkData', 'data', data, nested);
  const validation = given && dataColumns('checkData', 'validation', given, nested);
  const { missing, precise } = model?.inputTraits() ?? ORDINARY;
  if (validation) checkRowShapes(training, validation);
  try {
    const sets = [training, ...(validation ? [validation] : [])];
    await runChecks(
      sets.flatMap(({ x, y }) => [checkFinite('checkData', x, x.values.dtype, missing), checkFinite('checkData', y, y.values.dtype)]),
      () => false,
    );
    return await examine({ training, validation, classes, most: rows, prepared: precise });
  } catch (error) {
    throw located(error, site);
  }
}

function checkRowShapes(training: Set, validation: Set): void {
  for (const name of ['x', 'y'] as const) {
    const [expected, found] = [training, validation].map((set) => set[name].values.shape.slice(1)) as [number[], number[]];
    if (sameShape(expected, found)) continue;
    throw new ShapeError(
      `checkData: rows of validation.${name} have shape ${formatShape(found)}, expected ${formatShape(expected)} as those of ${name}`,
      { op: 'checkData', expected: formatShape(expected), found: formatShape(found) },
    );
  }
}

const stepFor = (column: Column, most: number | undefined): number => (most === undefined ? 1 : Math.ceil(rowsOf(column) / most));

interface Examination {
  readonly training: Set;
  readonly validation: Set | undefined;
  readonly classes: number | undefined;
  /** Rows, at most. */
  readonly most: number | undefined;
  /** The model makes something else of x. */
  readonly prepared: boolean;
}

async function examine({ training, validation, classes, most, prepared }: Examination): Promise<DataReport> {
  const steps = { training: stepFor(training.x, most), validation: validation ? stepFor(validation.x, most) : 1 };
  const x = (await columnStatistics(training.x.values, steps.training))!;
  const y = (await columnStatistics(training.y.values, steps.training))!;
  const counts = await classCounts(training.y, y, classes);
  const other = validation && counts && (await columnStatistics(validation.y.values, steps.validation))!;
  const seen = other && (await classCounts(validation.y, other, counts.length));
  const findings: (DataFinding | undefined)[] = [
    constantInputs(x),
    hugeInputs(x, prepared || !isFloat(training.x.values.dtype)),
    validation && (await leakage(training.x, validation.x, steps)),
    ...columnFindings(x, prepared),
    ...(counts ? classFindings(counts, seen) : targetFindings(y)),
  ];
  const found = findings.filter((finding) => finding !== undefined);
  const rows = { training: x.rows, validation: validation ? Math.ceil(rowsOf(validation.x) / steps.validation) : 0 };
  return new DataReport([...found.filter(({ severe }) => severe), ...found.filter(({ severe }) => !severe)], rows);
}
