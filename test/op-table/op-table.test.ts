import { describe, expect, it } from 'vitest';
import { addon } from '../../src/native/addon.js';
import type { DType } from '../../src/native/binding.js';
import { forward, inputTypes, type Tensor } from './execute.js';
import { checkGradient } from './gradient.js';
import type { Case, Row } from './row.js';
import { rows } from './rows.js';
import { sample } from './sampler.js';
import { GRADIENT_TOLERANCE, reductionTolerance, ulps } from './tolerance.js';

const isas = addon.isas();
const fused = isas.filter((isa) => isa !== 'baseline' && isa !== 'reference');

function inputsOf(c: Case, dtype: DType): Tensor[] {
  return inputTypes(c, dtype).map((type, i) => {
    const count = type.shape.reduce((a, b) => a * b, 1);
    const values = sample(c.inputs[i]!.domain, count, 1 + i);
    return { ...type, data: type.dtype === 'f32' ? values.map(Math.fround) : values };
  });
}

const describeCase = (c: Case) =>
  `${c.inputs.map((input) => `[${input.shape}]`).join(' ')} ${c.attrs ? JSON.stringify(c.attrs, (_, v) => (typeof v === 'bigint' ? String(v) : v)) : ''}`;

/** Greatest error of an f32 result against the f64 one, in units of what the row allows. */
function excess(row: Row, c: Case, actual: Tensor, expected: Tensor): number {
  let worst = 0;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [actual.data[i]!, expected.data[i]!];
    if (Object.is(a, e) || a === e) continue;
    if (actual.dtype !== 'f32') return Infinity;
    const error = row.terms
      ? Math.abs(a - e) / reductionTolerance('f32', row.terms(c), row.magnitude?.(c) ?? 3 * row.terms(c))
      : ulps(a, e) / (row.ulps ?? 1);
    worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
  }
  return worst;
}

describe('the op table', () => {
  it('has a row for every op of the registry', () => {
    // Sources come from NativeGraph.input and NativeGraph.constant.
    const known = new Set([...rows.map((row) => row.op), 'input', 'constant']);
    const missing = addon.ops().filter((op) => !op.internal && !known.has(op.name));
    expect(missing.map((op) => op.name)).toEqual([]);
  });

  it('runs on every kernel table this machine has', () => {
    expect(isas).toContain('reference');
    expect(isas).toContain('baseline');
  });
});

describe.each(rows.map((row) => [row.op, row] as const))('%s', (op, row) => {
  for (const c of row.cases) {
    const dtype = row.dtype ?? 'f32';
    const wide: DType = dtype === 'f32' ? 'f64' : dtype;

    it(`forward ${describeCase(c)}`, () => {
      const inputs = inputsOf(c, dtype);
      const wider = inputs.map((input) => ({ ...input, dtype: input.dtype === 'f32' ? ('f64' as const) : input.dtype }));
      const expected = forward(op, c, wide, wider, 'reference');
      for (const isa of isas) {
        forward(op, c, dtype, inputs, isa).forEach((actual, r) => {
          expect(actual.shape).toEqual(expected[r]!.shape);
          expect(excess(row, c, actual, expected[r]!), `${isa}, result ${r}`).toBeLessThanOrEqual(1);
        });
      }
    });

    it(`same bits ${describeCase(c)}`, () => {
      const inputs = inputsOf(c, dtype);
      const results = fused.map((isa) => forward(op, c, dtype, inputs, isa));
      for (const other of results.slice(1)) expect(other).toEqual(results[0]);
    });

    if (row.differentiable !== false) {
      it(`gradient ${describeCase(c)}`, () => {
        const inputs = inputsOf(c, 'f64');
        const check = checkGradient(op, c, inputs, 7);
        expect(check).not.toBeNull();
        expect(Math.abs(check!.derivative - check!.difference)).toBeLessThanOrEqual(GRADIENT_TOLERANCE * check!.magnitude);
      });
    }
  }
});
