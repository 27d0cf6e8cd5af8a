/** Activations and their gradients against PyTorch's, on the fixtures of scripts/golden. */

import { describe, expect, it } from 'vitest';
import { compile, grad, nn, type Tensor } from '../../src/index.js';
import { distance, fixture, numbers, type Stored, stored, type Values } from './fixtures.js';

type Name = nn.ActivationName;

interface Pointwise {
  readonly name: string;
  readonly activation: Name;
  readonly options: object;
  readonly value: Values;
  readonly gradient: Values;
  readonly special: Values;
}

interface Rows {
  readonly name: string;
  readonly activation: Name;
  readonly x: Stored;
  readonly upstream: Stored;
  readonly value: Stored;
  readonly gradient: Stored;
}

const { x, specialX, pointwise, rows } = fixture<{ x: Values; specialX: Values; pointwise: Pointwise[]; rows: Rows[] }>('activations');

const activation = (name: Name) => nn[name] as (x: Tensor, options?: object) => Tensor;
const column = (values: Values, dtype: 'f32' | 'f64') => stored({ shape: [values.length], data: values }, dtype);
/** torch rounds too; where the formula cancels, f32 keeps digits of the summands only. */
const TOLERANCE = { f64: 2e-14, f32: 1.5e-6 } as const;

describe.each(['f64', 'f32'] as const)('activations in %s', (dtype) => {
  it.each(pointwise)('$name', ({ activation: name, options, value, gradient }) => {
    const f = compile((t: Tensor) => {
      const y = activation(name)(t, options);
      return { y, dx: grad(y.sum(), t) };
    });
    const { y, dx } = f.sync(column(x, dtype));
    expect(distance(y.data as Float64Array, numbers(value))).toBeLessThan(TOLERANCE[dtype]);
    expect(distance(dx.data as Float64Array, numbers(gradient))).toBeLessThan(TOLERANCE[dtype]);
  });

  it.each(rows)('$name of rows', ({ activation: name, x: input, upstream, value, gradient }) => {
    const f = compile((t: Tensor, u: Tensor) => {
      const y = activation(name)(t);
      return { y, dx: grad(y.mul(u).sum(), t) };
    });
    const { y, dx } = f.sync(stored(input, dtype), stored(upstream, dtype));
    expect(distance(y.data as Float64Array, numbers(value.data))).toBeLessThan(TOLERANCE[dtype]);
    expect(distance(dx.data as Float64Array, numbers(gradient.data))).toBeLessThan(TOLERANCE[dtype]);
  });

  it.each(pointwise)('$name of NaN and the infinities', ({ activation: name, options, special }) => {
    const y = compile((t: Tensor) => activation(name)(t, options)).sync(column(specialX, dtype));
    expect(Array.from(y.data as Float64Array).map(String)).toEqual(numbers(special).map(String));
  });
});
