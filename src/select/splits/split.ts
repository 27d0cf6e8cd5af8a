/** Rows of a data set in two parts: what a model is trained on, and what it is tested on. */

import { DataError } from '../../errors.js';

/** Positions of rows, ascending unless a function says otherwise. */
export interface Split {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/** Splits by the fold that each row is tested in; each row is trained on in all others. */
export function byFold(foldOf: Int32Array, folds: number): Split[] {
  const sizes = new Int32Array(folds);
  for (const fold of foldOf) sizes[fold]!++;
  return Array.from(sizes, (size, fold) => {
    const train = new Int32Array(foldOf.length - size);
    const test = new Int32Array(size);
    let [trained, tested] = [0, 0];
    for (let row = 0; row < foldOf.length; row++) {
      if (foldOf[row] === fold) test[tested++] = row;
      else train[trained++] = row;
    }
    return { train, test };
  });
}

/** Throws `DataError` where there are fewer of something than folds. */
export function checkEnough(where: string, folds: number, count: number, what: string): void {
  if (count >= folds) return;
  throw new DataError(`${where}: ${folds} folds need as many ${what} or more, found ${count}`, {
    op: where,
    expected: `${folds} or more`,
    found: String(count),
  });
}
