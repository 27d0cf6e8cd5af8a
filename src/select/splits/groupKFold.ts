import { checkOptions, type Rules } from '../../options.js';
import { type Keys, numberKeys } from './keys.js';
import { type KFoldOptions, kFoldRules } from './kFold.js';
import { byFold, checkEnough, type Split } from './split.js';

export type GroupKFoldOptions = Pick<KFoldOptions, 'folds'>;

const rules = { folds: kFoldRules.folds } satisfies Rules<GroupKFoldOptions>;

/**
 * Folds that keep the rows of a group together, so that no test has a row of a group that was
 * trained on: patients, users, documents. Groups go to the lightest fold, the greatest first; of
 * equally great ones the one with the greater key. scikit-learn's `GroupKFold`.
 */
export function groupKFold(groups: Keys, options?: GroupKFoldOptions): Split[] {
  const { folds } = checkOptions('groupKFold', options, rules);
  const { keys, of, counts } = numberKeys('groupKFold', 'groups', groups);
  checkEnough('groupKFold', folds, keys.length, 'groups');
  const greater = (a: number, b: number) => (keys[a]! < keys[b]! ? 1 : -1);
  const order = Array.from(keys, (_, group) => group).sort((a, b) => counts[b]! - counts[a]! || greater(a, b));
  const weights = new Float64Array(folds);
  const foldOfGroup = new Int32Array(keys.length);
  for (const group of order) {
    const lightest = weights.indexOf(Math.min(...weights));
    weights[lightest]! += counts[group]!;
    foldOfGroup[group] = lightest;
  }
  return byFold(
    of.map((group) => foldOfGroup[group]!),
    folds,
  );
}
