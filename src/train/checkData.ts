/** A look at data before the first step. */

import { checkFinite, runChecks } from '../data/check.js';
import type { Data } from '../data/columns.js';
import { formatShape, ShapeError } from '../errors.js';
import { type Model, Module } from '../nn/module.js';
import { ORDINARY } from '../nn/preprocess/preparation.js';
import { checkOptions, custom, optional, positiveInteger, type Rules } from '../options.js';
import { callSite } from '../stack.js';
import { isFloat, sameShape } from '../tensor/dtype.js';
import { rowShapeOf } from './dataCheck/batches.js';
import { classCounts, classFindings } from './dataCheck/classes.js';
import { columnFindings, constantInputs, hugeInputs, targetFindings } from './dataCheck/columns.js';
import { leakage } from './dataCheck/leakage.js';
import { readable } from './dataCheck/read.js';
import { type DataFinding, DataReport } from './dataCheck/report.js';
import { lookedAt, type Sample } from './dataCheck/sample.js';
import { columnStatistics } from './dataCheck/statistics.js';
import { nestedOf } from './input.js';
import { located } from './plan.js';
import type { StreamedData } from './streamed.js';

export interface CheckDataOptions {
  /** Rows that also occur in the training data are found, and classes that do not. */
  readonly validation?: Data | StreamedData;
  /**
   * What will be trained on them: numbers may be missing where its layers fill them, and layers that prepare
   * data are taken to scale them.
   */
  readonly model?: Model;
  /** How many classes y has. Default: what whole numbers (i32, u8) or rows of probabilities look like. */
  readonly classes?: number;
  /**
   * Rows of each set that are looked at, at most: evenly spread, of a stream the first ones. Default: all of
   * columns and of datasets of columns that nobody maps. Others are held while they are looked at: 10,000
   * rows, of wide ones fewer, as many as hold 16 million numbers.
   */
  readonly rows?: number;
}

const rules = {
  validation: optional(
    custom<Data | StreamedData>(
      'an object { x, y }, a dataset or a stream',
      (value) => typeof value === 'function' || (typeof value === 'object' && value !== null),
    ),
  ),
  model: optional(custom<Model>('a model', (value) => value instanceof Module)),
  classes: optional(positiveInteger()),
  rows: optional(positiveInteger()),
} satisfies Rules<CheckDataOptions>;

/**
 * What is wrong with data, before a model is trained on them: constant and unscaled columns, classes that
 * are rare, absent or new, validation rows that the training data have too. Each finding says where,
 * by which numbers, what that does and what to do.
 *
 *     const report = await checkData({ x, y }, { validation });
 *     console.log(`${report}`);
 *
 * Data are those of `fit`: columns, datasets of rows in memory, mapped or not, or streams, of which the
 * first rows are read. What a function opens is opened, and closed after them; what can be read only once is
 * refused. Of a dataset the rows of its first epoch are looked at, no others.
 *
 * The scans run in the core, off the JavaScript thread. Rejects with `DataError` for infinities and for NaN
 * that no layer of `model` fills, naming row and column. `fit` looks for the severe findings by itself: see its option `checkData`.
 */
export async function checkData(data: Data | StreamedData, options?: CheckDataOptions): Promise<DataReport> {
  const site = callSite();
  const { validation: given, model, classes, rows: most } = checkOptions('checkData', options, rules);
  const reading = { where: 'checkData', most, nested: model && nestedOf(model) };
  const read = readable(data, { ...reading, name: 'data' });
  const readOther = given && readable(given, { ...reading, name: 'validation' });
  const { missing, precise } = model?.inputTraits() ?? ORDINARY;
  try {
    const training = await read();
    const validation = await readOther?.();
    if (validation) checkRowShapes(training, validation);
    const sets = [training, ...(validation ? [validation] : [])];
    await runChecks(
      sets.flatMap(({ x, y }) => [checkFinite('checkData', x, x.values.dtype, missing), checkFinite('checkData', y, y.values.dtype)]),
      () => false,
    );
    return await examine({ training, validation, classes, prepared: precise });
  } catch (error) {
    throw located(error, site);
  }
}

function checkRowShapes(training: Sample, validation: Sample): void {
  for (const name of ['x', 'y'] as const) {
    const [expected, found] = [training, validation].map((set) => rowShapeOf(set[name])) as [number[], number[]];
    if (sameShape(expected, found)) continue;
    throw new ShapeError(
      `checkData: rows of validation.${name} have shape ${formatShape(found)}, expected ${formatShape(expected)} as those of ${name}`,
      { op: 'checkData', expected: formatShape(expected), found: formatShape(found) },
    );
  }
}

interface Examination {
  readonly training: Sample;
  readonly validation: Sample | undefined;
  readonly classes: number | undefined;
  /** The model makes something else of x. */
  readonly prepared: boolean;
}

async function examine({ training, validation, classes, prepared }: Examination): Promise<DataReport> {
  const x = await columnStatistics(training.x.values, training.step);
  const y = await columnStatistics(training.y.values, training.step);
  const counts = await classCounts(training.y, y, classes);
  const other = validation && counts && (await columnStatistics(validation.y.values, validation.step));
  const seen = other && (await classCounts(validation.y, other, counts.length));
  const findings: (DataFinding | undefined)[] = [
    constantInputs(x),
    hugeInputs(x, prepared || !isFloat(training.x.values.dtype)),
    validation && (await leakage(training, validation)),
    ...columnFindings(x, prepared),
    ...(counts ? classFindings(counts, seen) : targetFindings(y)),
  ];
  const found = findings.filter((finding) => finding !== undefined);
  const rows = { training: x.rows, validation: validation ? lookedAt(validation) : 0 };
  const of = { training: training.rows, validation: validation ? validation.rows : 0 };
  return new DataReport([...found.filter(({ severe }) => severe), ...found.filter(({ severe }) => !severe)], rows, of);
}
