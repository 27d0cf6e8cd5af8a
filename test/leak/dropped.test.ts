/** Arrays that nobody keeps are collected without being asked for, in loops that wait and in loops that never do. */

import { expect, it } from 'vitest';
import { array, compile, info, type NDArray, type Tensor } from '../../src/index.js';

const SIZE = 1 << 20;
const TIMES = 160;
const BYTES = SIZE * 4;

const numbers = Float32Array.from({ length: SIZE }, (_, i) => i);
const x = array(numbers, { shape: [SIZE] });
const twice = compile((a: Tensor) => a.mul(2));

/** Makes arrays one after the other, and says how much memory was alive at most. */
function counter() {
  const before = info().liveBytes;
  let most = 0;
  return {
    see: (made: NDArray) => {
      expect(made.shape).toEqual([SIZE]);
      most = Math.max(most, info().liveBytes - before);
    },
    most: () => most,
  };
}

it('results of calls', async () => {
  const count = counter();
  for (let i = 0; i < TIMES; i++) count.see(await twice(x));
  expect(count.most()).toBeLessThan((TIMES * BYTES) / 2);
});

it.each([
  ['results of calls that block', () => twice.sync(x)],
  ['copies of numbers', () => array(numbers, { shape: [SIZE] })],
  [
    'the same memory in another shape',
    () =>
      twice
        .sync(x)
        .reshape([2, SIZE / 2])
        .reshape([SIZE]),
  ],
])('%s', (_, make) => {
  const count = counter();
  for (let i = 0; i < TIMES; i++) count.see(make());
  expect(count.most()).toBeLessThan((TIMES * BYTES) / 2);
});
