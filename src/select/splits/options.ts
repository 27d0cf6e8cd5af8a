/** The options by which a function divides data, and the splits that they mean. */

import { DataError, OptionError } from '../../errors.js';
import { bool, type checkOptions, custom, integer, optional, withDefault } from '../../options.js';
import { isPlain } from '../../plain.js';
import type { RowSet } from '../rowSet.js';
import { groupKFold } from './groupKFold.js';
import { type Keys, numberKeys } from './keys.js';
import { kFold } from './kFold.js';
import type { Split } from './split.js';
import { stratifiedKFold } from './stratifiedKFold.js';
import { type TimeSeriesOptions, timeSeriesSplit } from './timeSeriesSplit.js';

export interface SplitOptions {
  /** How many, or splits of one's own: `kFold(…)`, or any rows. Default 5. */
  readonly folds?: number | readonly Split[];
  /** Every fold has the classes in equal shares: of the labels in y, or of these. */
  readonly stratified?: boolean | Keys;
  /** Rows of a group stay together: one key a row. */
  readonly groups?: Keys;
  /** Every test lies after what is trained on; the rows are in the order of time. */
  readonly timeSeries?: boolean | Omit<TimeSeriesOptions, 'folds'>;
  /** Rows in a random order before they are divided. Default false: sorted data then need `shuffle` or `stratified`. */
  readonly shuffle?: boolean;
  /** Of that order, and of the runs unless their own options say otherwise. Default 0. */
  readonly seed?: number;
}

const isKeys = (value: unknown) => typeof value === 'object' && value !== null;
const isSplits = (value: unknown) => Array.isArray(value) && value.length > 0 && value.every((split) => split?.train && split?.test);

export const splitRules = {
  folds: withDefault(
    custom<number | readonly Split[]>(
      'a whole number of 2 or more, or an array of splits { train, test }',
      (value) => integer(2).accepts(value) || isSplits(value),
    ),
    5,
  ),
  stratified: optional(custom<boolean | Keys>('true, false or one label a row', (value) => typeof value === 'boolean' || isKeys(value))),
  groups: optional(custom<Keys>('one key a row', isKeys)),
  timeSeries: optional(
    custom<boolean | Omit<TimeSeriesOptions, 'folds'>>(
      'true, false or { testRows, gap, maxTrainRows }',
      (value) => typeof value === 'boolean' || isPlain(value),
    ),
  ),
  shuffle: withDefault(bool(), false),
  seed: withDefault(integer(0), 0),
};

type Checked = ReturnType<typeof checkOptions<typeof splitRules>>;

/** The splits that options mean for data. */
export async function splitsOf(where: string, data: RowSet, options: Checked): Promise<readonly Split[]> {
  const { folds, stratified = false, groups, timeSeries = false, shuffle, seed } = options;
  const { rows } = data;
  refuseTogether(where, options);
  if (typeof folds !== 'number') return folds.map((split, i) => checkSplit(where, split, i, rows));
  if (timeSeries) return timeSeriesSplit(rows, { ...(timeSeries === true ? {} : timeSeries), folds });
  if (groups) return ofAllRows(where, 'groups', groups, rows, () => groupKFold(groups, { folds }));
  if (!stratified) return kFold(rows, { folds, shuffle, seed });
  const labels = stratified === true ? await data.labels(where) : stratified;
  return ofAllRows(where, 'stratified', labels, rows, () => stratifiedKFold(labels, { folds, shuffle, seed }));
}

function refuseTogether(where: string, { folds, stratified, groups, timeSeries, shuffle }: Checked): void {
  const ways = [
    typeof folds === 'number' ? '' : 'folds that are splits',
    stratified ? 'stratified' : '',
    groups ? 'groups' : '',
    timeSeries ? 'timeSeries' : '',
  ].filter((way) => way !== '');
  if (shuffle && !stratified && ways.length > 0) ways.push('shuffle');
  if (ways.length > 1) throw new OptionError(`${where}: ${ways.join(' and ')} exclude each other`, { op: where });
}

function ofAllRows(where: string, name: string, keys: Keys, rows: number, make: () => Split[]): Split[] {
  const found = numberKeys(where, name, keys).of.length;
  if (found === rows) return make();
  throw new DataError(`${where}: ${name} has ${found} entries for ${rows} rows; expected as many`, { op: where });
}

/** Rows of a split of the user's own, copied. */
function checkSplit(where: string, split: Split, i: number, rows: number): Split {
  const part = (name: 'train' | 'test') => {
    const given = split[name] as unknown;
    const list = ArrayBuffer.isView(given) || Array.isArray(given) ? Array.from(given as Int32Array) : [];
    if (list.length === 0) {
      throw new DataError(`${where}: folds[${i}].${name} must be an array of one row or more`, { op: where });
    }
    const bad = list.findIndex((row) => !(Number.isInteger(row) && row >= 0 && row < rows));
    if (bad < 0) return Int32Array.from(list);
    throw new DataError(`${where}: folds[${i}].${name}[${bad}] is ${list[bad]}; expected a row from 0 to ${rows - 1}`, { op: where });
  };
  return { train: part('train'), test: part('test') };
}
