/** Sorting that lets the event loop turn. */

import { setImmediate as turn } from 'node:timers/promises';

/** Elements that are sorted or merged at once: about a millisecond. */
const PART = 2 ** 15;

/** Ascending, in place of `values`. */
export async function sortInParts(values: Float64Array): Promise<Float64Array> {
  for (let begin = 0; begin < values.length; begin += PART) {
    values.subarray(begin, begin + PART).sort();
    if (begin + PART < values.length) await turn();
  }
  let [from, to] = [values, values.length > PART ? new Float64Array(values.length) : values];
  for (let width = PART; width < values.length; width *= 2) {
    for (let begin = 0; begin < values.length; begin += 2 * width) await merge(from, to, begin, width);
    [from, to] = [to, from];
  }
  return from;
}

/** Two sorted neighbours of `width` elements, or what is there of them. */
async function merge(from: Float64Array, to: Float64Array, begin: number, width: number): Promise<void> {
  const middle = Math.min(begin + width, from.length);
  const end = Math.min(begin + 2 * width, from.length);
  let [left, right] = [begin, middle];
  for (let at = begin; at < end; at++) {
    const takeLeft = left < middle && (right >= end || from[left]! <= from[right]!);
    to[at] = takeLeft ? from[left++]! : from[right++]!;
    if ((at - begin) % PART === PART - 1) await turn();
  }
}
