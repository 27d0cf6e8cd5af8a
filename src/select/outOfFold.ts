/** Predictions of every row by the model that was not trained on it. */

import { ARRAYS, sameShape } from '../tensor/dtype.js';
import { array, type NDArray } from '../tensor/ndarray.js';
import type { Split } from './splits/split.js';

/**
 * [rows, …]: each row from the fold that tested it, NaN where none did. Undefined if a row was
 * tested twice or the models' outputs have different shapes.
 */
export function outOfFold(rows: number, splits: readonly Split[], predictions: readonly NDArray[]): NDArray | undefined {
  const [first] = predictions as [NDArray];
  const rest = first.shape.slice(1);
  if (predictions.some(({ shape, dtype }) => dtype !== first.dtype || !sameShape(shape.slice(1), rest))) return undefined;
  const width = rest.reduce((product, d) => product * d, 1);
  const all = new ARRAYS[first.dtype](rows * width).fill(Number.NaN);
  const seen = new Uint8Array(rows);
  for (const [fold, { test }] of splits.entries()) {
    const { data } = predictions[fold]!;
    for (let i = 0; i < test.length; i++) {
      const row = test[i]!;
      if (seen[row]) return undefined;
      seen[row] = 1;
      all.set(data.subarray(i * width, (i + 1) * width), row * width);
    }
  }
  return array(all, { shape: [rows, ...rest], dtype: first.dtype });
}
