/** Variables begin in the memory of the arrays they are made of; these keep their numbers. */

import { expect, it } from 'vitest';
import { array, compile, fit, losses, type NDArray, nn, optim, type Tensor, variable } from '../../src/index.js';
import { toyData } from './toy.js';

const numbers = () => Float32Array.from({ length: 4 * 3 }, (_, i) => Math.sin(i));

function modelThatBeginsAt(start: NDArray) {
  return nn.sequential([nn.dense(3, { kernelInit: () => start, useBias: false })]);
}

const options = () => ({ loss: losses.crossEntropy(), optimizer: optim.sgd({ lr: 0.5 }), epochs: 1, batchSize: 8, seed: 1 });

it('the array of an initialiser is not trained, and a second model begins there too', async () => {
  const start = array(numbers(), { shape: [4, 3] });
  const first = modelThatBeginsAt(start);
  const second = modelThatBeginsAt(start);
  const before = start.slice(0, 4);
  await fit(first, toyData(40), options());
  expect(first.state()['layers.0.weight']!.data).not.toEqual(numbers());
  expect(start.data).toEqual(numbers());
  expect(before.data).toEqual(numbers());
  second.build([4]);
  expect(second.state()['layers.0.weight']!.data).toEqual(numbers());
  await fit(second, toyData(40), options());
  expect(second.state()['layers.0.weight']!.data).toEqual(first.state()['layers.0.weight']!.data);
});

it('part of an array, an array in shared memory and a changed variable stay apart', () => {
  const whole = array(numbers(), { shape: [4, 3] });
  const shared = array(new Float32Array(new SharedArrayBuffer(12)), { shape: [3] });
  const part = variable(whole.slice(1, 2).reshape([3]));
  const other = variable(shared);
  const run = compile((x: Tensor) => {
    part.assign(part.read().add(x));
    other.assign(other.read().add(x));
    return part.read().sum();
  });
  run.sync(array([1, 1, 1]));
  expect(whole.data).toEqual(numbers());
  expect(shared.data).toEqual(new Float32Array(3));
  expect(other.value.data).toEqual(new Float32Array([1, 1, 1]));
  const start = array([1, 2, 3]);
  const written = variable(start);
  written.load(array([4, 5, 6]));
  expect(start.data).toEqual(new Float32Array([1, 2, 3]));
  expect(written.value.data).toEqual(new Float32Array([4, 5, 6]));
});
