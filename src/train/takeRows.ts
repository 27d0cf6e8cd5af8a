/** Rows of arrays, without copying more than needed. */

import { addon } from '../native/addon.js';
import { converted, fromNative } from '../native/errors.js';
import { gather } from '../tensor/functional.js';
import { array, NDArray } from '../tensor/ndarray.js';
import { trace } from '../tensor/trace.js';

/** Rows of an array. Neighbours share its memory; others are copied by the core, off the JavaScript thread. */
export async function takeRows(values: NDArray, rows: Int32Array): Promise<NDArray> {
  const [first, count] = [rows[0]!, rows.length];
  if (areNeighbours(rows)) return first === 0 && count === values.shape[0] ? values : values.slice(first, first + count);
  const { graph } = trace({ name: 'takeRows' }, (context) => {
    const source = context.argument('values', values);
    context.output(gather(source, context.argument('rows', { dtype: 'i32', shape: [count] })));
  });
  const run = converted(() => addon.bind(addon.program(graph), []));
  try {
    const [taken] = await run.call([values.native, array(rows).native]);
    return new NDArray(taken!);
  } catch (error) {
    throw fromNative(error);
  }
}

function areNeighbours(rows: Int32Array): boolean {
  for (let i = 1; i < rows.length; i++) if (rows[i] !== rows[i - 1]! + 1) return false;
  return true;
}
