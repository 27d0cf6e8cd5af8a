/** Predictions of every row by the model that was not trained on it. */

import { addon } from '../native/addon.js';
import { converted, fromNative } from '../native/errors.js';
import { isFloat, sameShape } from '../tensor/dtype.js';
import { concat, full, gather } from '../tensor/functional.js';
import { array, NDArray } from '../tensor/ndarray.js';
import { trace } from '../tensor/trace.js';
import type { Split } from './splits/split.js';

/**
 * [rows, …]: each row from the fold that tested it, NaN where none did; put together by the core.
 * Undefined if a row was tested twice or the models' outputs are of different types, or of one
 * without NaN where it is needed.
 */
export async function outOfFold(rows: number, splits: readonly Split[], predictions: readonly NDArray[]): Promise<NDArray | undefined> {
  const [{ dtype, shape }] = predictions as [NDArray];
  const rest = shape.slice(1);
  const places = placesOf(rows, splits);
  if (!places || predictions.some((one) => one.dtype !== dtype || !sameShape(one.shape.slice(1), rest))) return undefined;
  const complete = splits.reduce((sum, { test }) => sum + test.length, 0) === rows;
  if (!complete && !isFloat(dtype)) return undefined;
  const { graph } = trace({ name: 'outOfFold' }, (context) => {
    const parts = predictions.map((one, fold) => context.argument(`fold${fold}`, one));
    const all = complete ? parts : [...parts, full([1, ...rest], Number.NaN, dtype)];
    context.output(gather(concat(all), context.argument('places', { dtype: 'i32', shape: [rows] })));
  });
  const run = converted(() => addon.bind(addon.program(graph), []));
  try {
    const [assembled] = await run.call([...predictions, array(places)].map(({ native }) => native));
    return new NDArray(assembled!);
  } catch (error) {
    throw fromNative(error);
  }
}

/** Where each row stands in the tests one after the other; behind them all if in none. Undefined if a row stands in two. */
function placesOf(rows: number, splits: readonly Split[]): Int32Array | undefined {
  const behind = splits.reduce((sum, { test }) => sum + test.length, 0);
  const places = new Int32Array(rows).fill(behind);
  let at = 0;
  for (const { test } of splits) {
    for (const row of test) {
      if (places[row] !== behind) return undefined;
      places[row] = at++;
    }
  }
  return places;
}
