/** Products of reduced precision: as exact as they say, the same bits for any number of threads, in gradients too. */

import { afterAll, describe, expect, it } from 'vitest';
import {
  array,
  compile,
  configure,
  evaluate,
  fit,
  grad,
  info,
  losses,
  type MatmulPrecision,
  nn,
  optim,
  predict,
  type Tensor,
} from '../../src/index.js';
import { generator } from '../support/generator.js';

const ROWS = 200;
const INPUTS = 70;
const { threads } = info();

afterAll(() => configure({ threads }));

const random = generator(11);
const draw = (rows: number, columns: number) =>
  array(
    Float32Array.from({ length: rows * columns }, () => random() - 0.5),
    { shape: [rows, columns] },
  );
const x = draw(ROWS, INPUTS);
const y = draw(ROWS, 3);
const layers = (precision?: MatmulPrecision) => [
  nn.dense(130, { activation: 'tanh', precision }),
  nn.dense(100, { activation: 'tanh', precision }),
  nn.dense(3, { precision }),
];

async function trained(precision?: MatmulPrecision, dtype?: 'f64') {
  const model = nn.sequential(layers(precision));
  if (dtype) model.build([INPUTS], { dtype });
  const { loss } = await fit(model, { x, y }, { loss: losses.mse(), optimizer: optim.adam({ lr: 1e-3 }), batchSize: 64, epochs: 4 });
  return { model, loss, weights: [...model.parameters().values()].map((parameter) => [...parameter.value.data]) };
}

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe.each(['high', 'medium'] as const)('%s', (precision) => {
  it('has the same bits for any number of threads', async () => {
    const runs: unknown[] = [];
    for (const count of [1, 2, 3]) {
      configure({ threads: count });
      const { loss, weights } = await trained(precision);
      runs.push({ loss, weights });
    }
    configure({ threads });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it('trains as the highest does', async () => {
    const [exact, reduced] = [await trained(), await trained(precision)];
    const near = precision === 'high' ? 1e-4 : 1e-2;
    exact.loss.forEach((loss, epoch) => {
      expect(Math.abs(reduced.loss[epoch]! / loss - 1)).toBeLessThan(near);
    });
  });

  it('is what evaluation and prediction compute, too', async () => {
    const { model } = await trained(precision);
    const { data } = await predict(model, x);
    const squares = Array.from(data).reduce((sum, value, i) => sum + (value - y.data[i]!) ** 2, 0) / data.length;
    const { loss } = await evaluate(model, { x, y }, { loss: losses.mse(), batchSize: ROWS });
    expect(loss).toBeCloseTo(squares, 6);
  });

  it('has gradients of the same precision', () => {
    const wide = draw(90, 80);
    const product = compile((a: Tensor, b: Tensor) => grad(a.matmul(b, { precision }).square().sum(), [a, b]));
    const exact = compile((a: Tensor, b: Tensor) => grad(a.matmul(b).square().sum(), [a, b]));
    const a = draw(100, 90);
    const [found, expected] = [product.sync(a, wide), exact.sync(a, wide)];
    expect(product.toString().match(new RegExp(`precision=${precision}`, 'g'))).toHaveLength(3);
    // Sums of about a hundred terms, twice; each term is off by 2^-16 or 2^-8 of itself.
    const near = precision === 'high' ? 5e-4 : 0.15;
    found.forEach((gradient, i) => {
      expect(furthest(gradient.data, expected[i]!.data)).toBeLessThan(near);
    });
  });

  it('is followed by what is fused with the product', () => {
    const [a, b, bias] = [draw(150, 600), draw(600, 300), draw(1, 300)] as const;
    const fused = compile((a: Tensor, b: Tensor, bias: Tensor) => a.matmul(b, { precision }).add(bias).relu()).sync(a, b, bias);
    const product = compile((a: Tensor, b: Tensor) => a.matmul(b, { precision })).sync(a, b);
    const expected = Float32Array.from(product.data, (value, i) => Math.max(0, Math.fround(value + bias.data[i % 300]!)));
    expect(furthest(fused.data, expected)).toBe(0);
  });

  it('does not change products of f64', async () => {
    expect((await trained(precision, 'f64')).weights).toEqual((await trained('highest', 'f64')).weights);
  });
});

it('runs on a matrix unit or not, as info says', () => {
  const a = draw(64, 64);
  const square = (precision: MatmulPrecision) => compile((a: Tensor) => a.matmul(a, { precision })).sync(a).data;
  const same = furthest(square('medium'), square('highest')) === 0;
  expect(same).toBe(!info().matrixUnit);
});

it('the system is asked for a matrix unit by whoever reads of it, not by each look at info', () => {
  expect(Object.getOwnPropertyDescriptor(info(), 'matrixUnit')?.get).toBeTypeOf('function');
});

describe('the highest', () => {
  it('is the default', async () => {
    expect((await trained()).weights).toEqual((await trained('highest')).weights);
    expect(nn.dense(3).precision).toBe('highest');
  });

  it('is what products are that are too small to gain', () => {
    const a = draw(31, 64);
    const b = draw(64, 31);
    const product = (precision: MatmulPrecision) => compile((a: Tensor, b: Tensor) => a.matmul(b, { precision })).sync(a, b).data;
    expect(product('medium')).toEqual(product('highest'));
  });
});

it.each<[string, () => unknown]>([
  ['nn.dense', () => nn.dense(4, { precision: 'low' as never })],
  ['matmul', () => compile((a: Tensor) => a.matmul(a, { precision: 16 as never })).sync(array([[1]]))],
])('%s refuses what is no precision', (name, make) => {
  expect(make).toThrow(`${name}: precision must be one of "highest", "high", "medium"`);
});
