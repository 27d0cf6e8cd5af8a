import { describe, expect, it } from 'vitest';
import { addon } from '../../src/native/addon.js';
import { forward } from './execute.js';
import { rows } from './rows.js';

/** NaN, infinities, both zeros, denormals (which kernels flush to zero), ties and the largest numbers. */
const SPECIAL = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1e-40,
  -1e-40,
  1,
  -1,
  0.5,
  2,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  1.1754943508222875e-38,
];

const isas = addon.isas().filter((isa) => isa !== 'reference');
const unary = rows.filter(({ op, cases }) => cases[0]!.inputs.length === 1 && cases[0]!.attrs === undefined && isRealUnary(op));
const binary = rows.filter(({ op }) =>
  /^(add|sub|mul|div|maximum|minimum|pow|equal|notEqual|less|lessEqual|greater|greaterEqual)$/.test(op),
);

function isRealUnary(op: string): boolean {
  return !/^(logicalNot|stopGradient|softmax|logSoftmax|pack|customGradient|sort|topK)$/.test(op);
}

/** What a number is, as far as kernels with other roundings must agree: its class, sign and about its size. */
function kind(x: number): string {
  if (Number.isNaN(x)) return 'NaN';
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  return Number.isFinite(x) ? x.toPrecision(5) : String(x);
}

function onSpecials(op: string, inputs: readonly (readonly number[])[], isa: string): string[] {
  const tensors = inputs.map((data) => ({ dtype: 'f32' as const, shape: [data.length], data }));
  const c = { inputs: tensors.map(({ shape }) => ({ shape, domain: 'real' as const })) };
  return Array.from(forward(op, c, 'f32', tensors, isa)[0]!.data, kind);
}

describe.each(unary.map((row) => row.op))('%s', (op) => {
  it('treats special values as the reference does', () => {
    const expected = onSpecials(op, [SPECIAL], 'reference');
    for (const isa of isas) expect(onSpecials(op, [SPECIAL], isa), isa).toEqual(expected);
  });
});

describe.each(binary.map((row) => row.op))('%s', (op) => {
  it('treats pairs of special values as the reference does', () => {
    const left = SPECIAL.flatMap((a) => SPECIAL.map(() => a));
    const right = SPECIAL.flatMap(() => SPECIAL);
    const expected = onSpecials(op, [left, right], 'reference');
    for (const isa of isas) expect(onSpecials(op, [left, right], isa), isa).toEqual(expected);
  });
});

describe('reductions', () => {
  const cases = { sum: [1, NaN], max: [1, NaN], min: [1, NaN], argmax: [5, NaN, 7, NaN], argmin: [5, NaN, 7, NaN] };
  it.each(Object.entries(cases))('%s lets NaN through', (op, data) => {
    for (const isa of addon.isas()) {
      const attrs = { axes: [0], keepDims: false };
      const c = { inputs: [{ shape: [data.length], domain: 'real' as const }], attrs };
      const [result] = forward(op, c, 'f32', [{ dtype: 'f32', shape: [data.length], data }], isa);
      expect(result!.data[0], isa).toBe(op.startsWith('arg') ? 1 : NaN);
    }
  });

  it.each(['argmax', 'argmin'])('%s takes the first of equals', (op) => {
    for (const isa of addon.isas()) {
      const data = [2, 7, 7, 2, 7];
      const c = { inputs: [{ shape: [5], domain: 'real' as const }], attrs: { axes: [0], keepDims: false } };
      const [result] = forward(op, c, 'f32', [{ dtype: 'f32', shape: [5], data }], isa);
      expect(result!.data[0], isa).toBe(op === 'argmax' ? 1 : 0);
    }
  });
});
