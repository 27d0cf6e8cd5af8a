import { ARRAYS } from '../tensor/dtype.js';
import { array, type NDArray } from '../tensor/ndarray.js';

/** Parts one after the other along the first axis. */
export function joined(parts: readonly NDArray[], rows: number): NDArray {
  const [first] = parts as [NDArray];
  if (parts.length === 1) return first;
  const shape = [rows, ...first.shape.slice(1)];
  const data = new ARRAYS[first.dtype](shape.reduce((product, d) => product * d, 1));
  let at = 0;
  for (const { data: part } of parts) {
    data.set(part, at);
    at += part.length;
  }
  return array(data, { shape, dtype: first.dtype });
}
