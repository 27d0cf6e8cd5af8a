/** Records that a model prepares: numbers far from 0, a category, and numbers of which some are missing. */

import { nn } from '../../src/index.js';
import { generator } from '../support/generator.js';

export const NAN = Number.NaN;

/** The label follows from all three columns; the first is `from` and a bit. */
export function recordsFrom(from: number, rows: number, seed = 1): { x: number[][]; y: Int32Array } {
  const random = generator(seed);
  const y = new Int32Array(rows);
  const x = Array.from({ length: rows }, (_, row) => {
    const [a, b, c] = [random(), Math.floor(random() * 3), random()];
    y[row] = a + (b === 1 ? 0.6 : 0) > c + 0.2 ? 1 : 0;
    return [from + a, [5, 6, 9][b]!, c < 0.2 ? NAN : 300 * c];
  });
  return { x, y };
}

/** Imputes in a first pass over the data, and scales in a second. */
export const preparing = () =>
  nn.columns([
    { columns: [0], apply: nn.standardize() },
    { columns: [1], apply: nn.oneHot() },
    { columns: [2], apply: nn.sequential([nn.impute({ strategy: 'median', indicator: true }), nn.standardize()]) },
  ]);
