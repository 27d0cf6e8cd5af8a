import { addon } from '../../native/addon.js';
import { bool, checkArgument, checkOptions, integer, type Rules, withDefault } from '../../options.js';
import { byFold, checkEnough, type Split } from './split.js';

export interface KFoldOptions {
  /** Default 5. */
  readonly folds?: number;
  /** Rows in a random order before they are divided. Default false: folds are runs of neighbours. */
  readonly shuffle?: boolean;
  /** Of that order. Default 0. */
  readonly seed?: number;
}

export const kFoldRules = {
  folds: withDefault(integer(2), 5),
  shuffle: withDefault(bool(), false),
  seed: withDefault(integer(0), 0),
} satisfies Rules<KFoldOptions>;

/**
 * Rows divided into folds of equal size, the first ones by one greater where it does not come out
 * even; each is the test of one split. Without `shuffle` scikit-learn's `KFold`.
 */
export function kFold(rows: number, options?: KFoldOptions): Split[] {
  const { folds, shuffle, seed } = checkOptions('kFold', options, kFoldRules);
  checkArgument('kFold', 'rows', rows, integer(0, 2 ** 31 - 1));
  checkEnough('kFold', folds, rows, 'rows');
  const order = shuffle ? addon.permutation(seed, 0, rows) : undefined;
  const foldOf = new Int32Array(rows);
  const [size, greater] = [Math.floor(rows / folds), rows % folds];
  for (let fold = 0, at = 0; fold < folds; fold++) {
    const end = at + size + Number(fold < greater);
    for (; at < end; at++) foldOf[order ? order[at]! : at] = fold;
  }
  return byFold(foldOf, folds);
}
