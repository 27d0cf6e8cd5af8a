/** Arrays in and out of calls from this thread: whatever their size, each is its own. */

import { describe, expect, it } from 'vitest';
import { array, compile, type DType, type NDArray, nn, optim, predictSync, type Tensor } from '../../src/index.js';

/** Of as many numbers as V8 keeps in its heap and one more, as stay outside the core and one more. */
const SIZES = [1, 16, 17, 4096, 4097];
const DTYPES: readonly DType[] = ['f32', 'f64', 'i32', 'bool', 'u8'];
const numbers = (size: number, value: number) => Array<number>(size).fill(value);

describe.each(SIZES)('calls with arrays of %i numbers', (size) => {
  const given = (value: number, dtype: DType) => array(numbers(size, value), { dtype });

  it.each(DTYPES)('of %s give every call results of its own', (dtype) => {
    const both = compile((a: Tensor, b: Tensor) => ({ first: a, second: b }));
    const results = [0, 1].map((value) => both.sync(given(value, dtype), given(1 - value, dtype)));
    for (const [value, { first, second }] of results.entries()) {
      expect([first.dtype, first.shape, second.shape]).toEqual([dtype, [size], [size]]);
      expect([Array.from(first.data), Array.from(second.data)]).toEqual([numbers(size, value), numbers(size, 1 - value)]);
    }
  });

  it('take the results of other calls, and what they have been given stays', async () => {
    const double = compile((a: Tensor) => a.mul(2));
    const start = given(1, 'f32');
    const values: NDArray[] = [start];
    for (let call = 0; call < 4; call++) values.push(call % 2 === 0 ? double.sync(values.at(-1)!) : await double(values.at(-1)!));
    values.at(-1)!.data.fill(7);
    for (const [i, value] of values.slice(0, -1).entries()) expect(Array.from(value.data)).toEqual(numbers(size, 2 ** i));
    expect(double.sync(values.at(-1)!).data[0]).toBe(2 ** 5);
  });

  it('read typed arrays as they were when the array was made', () => {
    const source = new Float32Array(size).fill(3);
    const x = array(source, { shape: [1, size] });
    source.fill(Number.NaN);
    const model = nn.dense(1, { kernelInit: 'ones' }).build([size]);
    const results = [predictSync(model, x), predictSync(model, array(new Float32Array(size), { shape: [1, size] }))];
    expect(results.map((result) => result.item())).toEqual([3 * size, 0]);
    source.fill(4);
    expect(predictSync(model, x).item()).toBe(3 * size);
  });

  it('name what is not finite among them', () => {
    const model = nn.dense(1).build([size]);
    for (const dtype of ['f32', 'f64'] as const) {
      const x = array([...numbers(size - 1, 1), Number.NEGATIVE_INFINITY], { shape: [1, size], dtype });
      expect(() => predictSync(model, x)).toThrow(`-Infinity`);
    }
    expect(() => predictSync(model, array(numbers(size, 1e300), { shape: [1, size], dtype: 'f64' }))).toThrow('1e+300');
  });
});

it('calls with the same arrays see what has been frozen since', () => {
  const model = nn.dense(1, { kernelInit: 'ones', useBias: false }).build([2]);
  const optimizer = optim.sgd({ lr: 0.5 });
  const step = compile((x: Tensor) => {
    const loss = model.call(x).sum();
    optimizer.apply(loss, [...model.parameters().values(), extra]);
    return loss;
  });
  const extra = nn.dense(1, { kernelInit: 'ones', useBias: false }).build([2]).parameters().get('weight')!;
  const weights = () => model.state().weight!.toArray();
  const x = array([[1, 2]]);
  step.sync(x);
  expect(weights()).toEqual([[0.5], [0]]);
  model.freeze();
  step.sync(x);
  expect(weights()).toEqual([[0.5], [0]]);
  model.unfreeze();
  step.sync(x);
  expect(weights()).toEqual([[0], [-1]]);
});

it('calls without arguments or results, and with many', () => {
  let calls = 0;
  expect(compile(() => void calls++).sync()).toBeUndefined();
  const many = compile((list: readonly Tensor[]) => list.map((x) => x.add(1)));
  const list = Array.from({ length: 600 }, (_, i) => array(i));
  expect(many.sync(list).map((x) => x.item())).toEqual(list.map((_, i) => i + 1));
  expect([many.sync(list.slice(0, 2)).map((x) => x.item()), calls]).toEqual([[1, 2], 1]);
});
