import { DataError } from '../../errors.js';
import { addon } from '../../native/addon.js';
import { checkOptions } from '../../options.js';
import { type Keys, numberKeys } from './keys.js';
import { type KFoldOptions, kFoldRules } from './kFold.js';
import { byFold, checkEnough, type Split } from './split.js';

/**
 * Folds in which every class is as frequent as in the whole, as far as whole rows allow: a class of
 * fewer rows than folds is missing from some. Without `shuffle` scikit-learn's `StratifiedKFold`.
 * Throws `DataError` if every class has fewer rows than there are folds.
 */
export function stratifiedKFold(labels: Keys, options?: KFoldOptions): Split[] {
  const { folds, shuffle, seed } = checkOptions('stratifiedKFold', options, kFoldRules);
  const { of, counts } = numberKeys('stratifiedKFold', 'labels', labels);
  checkEnough('stratifiedKFold', folds, of.length, 'rows');
  const greatest = counts.reduce((most, count) => Math.max(most, count), 0);
  if (greatest < folds) {
    throw new DataError(`stratifiedKFold: ${folds} folds need a class of as many rows or more; the most frequent has ${greatest}`, {
      op: 'stratifiedKFold',
    });
  }
  const shares = shareOut(counts, folds);
  const next = counts.map((_, c) => counts.subarray(0, c).reduce((sum, count) => sum + count, 0));
  const foldsOfRows = new Int32Array(of.length);
  for (let c = 0; c < counts.length; c++)
    fill(foldsOfRows, next[c]!, shares, c, shuffle ? addon.permutation(seed, c, counts[c]!) : undefined);
  const foldOf = of.map((c) => foldsOfRows[next[c]!++]!);
  return byFold(foldOf, folds);
}

/**
 * Rows of each class in each fold: were the rows sorted by class and dealt out one by one, fold f
 * would get the rows f, f + folds, f + 2 folds, …
 */
function shareOut(counts: Int32Array, folds: number): Int32Array[] {
  const shares = Array.from({ length: folds }, () => new Int32Array(counts.length));
  let at = 0;
  for (const [c, count] of counts.entries()) {
    for (let fold = 0; fold < folds; fold++) {
      const first = (((fold - at) % folds) + folds) % folds;
      shares[fold]![c] = first < count ? Math.floor((count - 1 - first) / folds) + 1 : 0;
    }
    at += count;
  }
  return shares;
}

/** The folds of the rows of class c, from the first such row to the last, in `order` if there is one. */
function fill(into: Int32Array, begin: number, shares: readonly Int32Array[], c: number, order: Int32Array | undefined): void {
  let at = 0;
  for (const [fold, share] of shares.entries()) {
    for (let i = 0; i < share[c]!; i++, at++) into[begin + (order ? order[at]! : at)] = fold;
  }
}
