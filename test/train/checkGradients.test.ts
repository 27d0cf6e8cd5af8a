/** Gradients against differences: right ones pass, wrong ones fail, kinks are neither. */

import { describe, expect, it } from 'vitest';
import {
  array,
  checkGradients,
  customGradient,
  DataError,
  fit,
  type GradientReport,
  losses,
  NonFiniteError,
  nn,
  OptionError,
  optim,
  ShapeError,
  scan,
  type Tensor,
  uniform,
  variable,
} from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const { x, y } = toyData(12);
const crossEntropy = losses.crossEntropy();
const verdicts = ({ checks }: GradientReport) => Object.fromEntries(checks.map(({ path, verdict }) => [path, verdict]));

describe('a model', () => {
  it('passes for every parameter, and for the inputs if asked', async () => {
    const model = toyModel().build([4], { seed: 3 });
    const report = await checkGradients(model, { x, y }, { loss: crossEntropy, inputs: true });
    expect(verdicts(report)).toEqual({
      'layers.0.weight': 'pass',
      'layers.0.bias': 'pass',
      'layers.1.weight': 'pass',
      'layers.1.bias': 'pass',
      x: 'pass',
    });
    expect(report.passed).toBe(true);
    for (const { relativeError, tolerance, analytic, numeric } of report.checks) {
      expect(relativeError).toBe(Math.abs(analytic - numeric) / Math.max(Math.abs(analytic), Math.abs(numeric)));
      expect(Math.abs(analytic - numeric)).toBeLessThanOrEqual(tolerance);
      expect(tolerance).toBeLessThan(1e-5);
    }
  });

  it('holds what dropout draws', async () => {
    const model = nn.sequential([nn.dense(16, { activation: 'tanh' }), nn.dropout(0.5), nn.dense(3)]);
    const report = await checkGradients(model, { x, y }, { loss: crossEntropy, inputs: true });
    expect(new Set(Object.values(verdicts(report)))).toEqual(new Set(['pass']));
    const other = await checkGradients(model, { x, y }, { loss: crossEntropy, mode: 'inference' });
    expect(other.passed).toBe(true);
    expect(other.loss).not.toBe(report.loss);
  });

  it('is f64 throughout: the loss has more digits than f32', async () => {
    const model = toyModel().build([4], { seed: 3 });
    const wide = nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(3)]);
    wide.dtype = 'f64';
    wide.build([4]);
    wide.load(
      Object.fromEntries(
        Object.entries(model.state()).map(([path, { data, shape }]) => [path, array(Float64Array.from(data), { shape, dtype: 'f64' })]),
      ),
    );
    const [narrow, exact] = await Promise.all([model, wide].map((one) => checkGradients(one, { x, y }, { loss: crossEntropy })));
    expect(narrow!.loss).toBe(exact!.loss);
    expect(Math.fround(narrow!.loss)).not.toBe(narrow!.loss);
  });

  it('repeats by the seed', async () => {
    const model = toyModel().build([4], { seed: 3 });
    const run = (seed: number) => checkGradients(model, { x, y }, { loss: crossEntropy, seed });
    const [a, b, c] = [await run(1), await run(1), await run(2)];
    expect(a.checks).toEqual(b.checks);
    expect(a.checks[0]!.analytic).not.toBe(c.checks[0]!.analytic);
    expect(c.loss).toBe(a.loss);
  });

  it('and its optimizer stay as they were, also one without weights', async () => {
    const fresh = toyModel();
    await checkGradients(fresh, { x, y }, { loss: crossEntropy });
    expect(fresh.built).toBe(false);
    const options = { loss: crossEntropy, optimizer: optim.adam(), epochs: 3, seed: 1 };
    await fit(fresh, { x, y }, options);
    const before = weights(fresh);
    await checkGradients(fresh, { x, y }, { loss: crossEntropy });
    expect(weights(fresh)).toEqual(before);
    const never = toyModel();
    await fit(never, { x, y }, { ...options, optimizer: optim.adam() });
    expect(before).toEqual(weights(never));
  });

  it('passes when it is trained and the loss is nearly 0', async () => {
    const model = toyModel();
    await fit(model, { x, y }, { loss: crossEntropy, optimizer: optim.adam({ lr: 0.05 }), epochs: 400, seed: 1 });
    const report = await checkGradients(model, { x, y }, { loss: crossEntropy });
    expect(report.loss).toBeLessThan(0.1);
    expect(verdicts(report)).not.toContain('fail');
    expect(report.passed).toBe(true);
  });

  it('of relu units passes, kinks nearby or not', async () => {
    const model = nn.sequential([nn.dense(200, { activation: 'relu' }), nn.dense(100, { activation: 'relu' }), nn.dense(3)]);
    const report = await checkGradients(model, { x, y }, { loss: crossEntropy, inputs: true });
    expect(new Set(Object.values(verdicts(report)))).toEqual(new Set(['pass']));
  });

  it('at a kink is inconclusive, with the slopes of both sides', async () => {
    const zeros = array(new Float32Array(12 * 4), { shape: [12, 4] });
    const model = nn.sequential([nn.dense(8, { activation: 'relu' }), nn.dense(3)]);
    const report = await checkGradients(model, { x: zeros, y }, { loss: crossEntropy });
    expect(verdicts(report)['layers.0.bias']).toBe('inconclusive');
    expect(report.checks[1]!.reason).toMatch(/^a kink: the slope is -?[\d.e+-]+ on one side and -?[\d.e+-]+ on the other$/);
    expect(report.passed).toBe(true);
    expect(`${report}`).toContain('inconclusive: a kink');
  });
});

describe('a function', () => {
  const point = [array([[0.3, -0.7, 1.2]])];
  const exponential = (factor: number) =>
    customGradient(
      (t: Tensor) => t.exp(),
      ({ results, gradients }) => [gradients.mul(results).mul(factor)],
    );

  it('with a right gradient of its own passes, with a wrong one fails', async () => {
    expect((await checkGradients((t) => exponential(1)(t), point)).passed).toBe(true);
    for (const factor of [1.0001, 0.999, -1, 0]) {
      const report = await checkGradients((t) => exponential(factor)(t), point);
      expect(report.passed).toBe(false);
      expect(report.checks[0]!.numeric / report.checks[0]!.analytic).toBeCloseTo(1 / factor, 6);
      expect(`${report}`).toMatch(/fail$/);
    }
  });

  it('of several arguments and results has a check for every float argument', async () => {
    const report = await checkGradients(
      (a: Tensor, b: Tensor, rows: Tensor) => ({ product: a.matmul(b).tanh(), gathered: b.gather(rows).sum(), shape: [2, 3] }),
      [
        [
          [0.1, 0.2],
          [0.3, 0.4],
        ],
        array([1, 2, 3, 4]).reshape([2, 2]),
        array([1, 0], { dtype: 'i32' }),
      ],
    );
    expect(verdicts(report)).toEqual({ 0: 'pass', 1: 'pass' });
  });

  it('of f64 is taken as it is', async () => {
    const report = await checkGradients((t: Tensor) => t.log().sum(), [array(new Float64Array([1 + 1e-12, 2]))]);
    expect(report).toMatchObject({ passed: true, loss: Math.log(1 + 1e-12) + Math.log(2) });
  });

  it('with a loop, draws and ops that make f32 passes', async () => {
    const report = await checkGradients(
      (t: Tensor) => {
        const noise = uniform(t.shape).mul(t);
        const [last] = scan((h, row) => [h.mul(0.5).add(row).sin(), undefined], t.mean(0), noise);
        return { last, hot: t.add(t.greater(0.25).cast('i32').sum(1).oneHot(2)).square() };
      },
      [
        array([
          [0.1, 0.2],
          [0.3, 0.5],
          [-0.2, 0.9],
        ]),
      ],
      { seed: 4 },
    );
    expect(verdicts(report)).toEqual({ 0: 'pass' });
  });

  it('reads variables as constants', async () => {
    const w = variable([2, 3], { name: 'w' });
    const report = await checkGradients((t: Tensor) => t.mul(w).square().sum(), [[1, 1]]);
    expect(report).toMatchObject({ loss: 13, passed: true });
    expect(report.checks).toHaveLength(1);
  });

  it.each([
    ['relu at 0', (t: Tensor) => t.relu(), 'inconclusive'],
    ['abs at 0', (t: Tensor) => t.abs(), 'inconclusive'],
    ['a constant', (t: Tensor) => t.mul(0).add(3), 'pass'],
    ['stopGradient', (t: Tensor) => t.stopGradient().mul(2), 'fail'],
    ['floor', (t: Tensor) => t.floor(), 'inconclusive'],
    ['sharp bends', (t: Tensor) => t.add(0.1).mul(1e5).sin(), 'pass'],
    ['a large offset', (t: Tensor) => t.add(1).square().add(1e6), 'pass'],
    ['large numbers', (t: Tensor) => t.mul(1e12).add(1), 'pass'],
    ['an infinite slope', (t: Tensor) => t.mul(0).sqrt(), 'fail'],
  ])('%s', async (_, fn, verdict) => {
    const report = await checkGradients(fn, [array([[0, 1, -2.5]])]);
    expect(verdicts(report)).toEqual({ 0: verdict });
  });
});

describe('refuses', () => {
  const options = { loss: crossEntropy };

  it('what is no model and no function', async () => {
    expect(await rejection(checkGradients({} as never, { x, y }, options))).toBeInstanceOf(OptionError);
    expect((await rejection(checkGradients(null as never, { x, y }, options))).message).toContain('checkGradients');
  });

  it('unknown options, data without targets, a loss that is no scalar', async () => {
    const model = toyModel();
    expect((await rejection(checkGradients(model, { x, y }, { ...options, input: true } as never))).message).toContain(
      'did you mean "inputs"',
    );
    expect(await rejection(checkGradients(model, { x } as never, options))).toBeInstanceOf(DataError);
    expect(await rejection(checkGradients(model, { x, y }, { loss: (prediction) => prediction }))).toBeInstanceOf(ShapeError);
    expect(await rejection(checkGradients(model, { x, y }, {} as never))).toBeInstanceOf(OptionError);
    expect(model.built).toBe(false);
  });

  it('NaN in the data, naming the row, and losses that are not finite', async () => {
    const spoilt = array(
      Float32Array.from({ length: 48 }, (_, i) => (i === 21 ? Number.NaN : 1)),
      { shape: [12, 4] },
    );
    expect(await rejection(checkGradients(toyModel(), { x: spoilt, y }, options))).toMatchObject({ code: 'DATA', row: 5, column: 1 });
    const error = await rejection(checkGradients((t: Tensor) => t.log(), [array([[0, 1]])]));
    expect(error).toBeInstanceOf(NonFiniteError);
  });

  it('points without floats, and functions without tensors', async () => {
    expect((await rejection(checkGradients((t: Tensor) => t, [array([1, 2], { dtype: 'i32' })]))).message).toContain('is f32 or f64');
    expect((await rejection(checkGradients((t: Tensor) => t, array([1]) as never))).message).toContain('an array of the function');
    expect((await rejection(checkGradients(() => 3, [[1]]))).message).toContain('returned no tensor');
    expect((await rejection(checkGradients((t: Tensor) => t, [[1]], { seed: -1 }))).message).toContain('seed');
  });

  it('a model that a run trains', async () => {
    const model = toyModel();
    const run = fit(model, { x, y }, { loss: crossEntropy, optimizer: optim.adam(), epochs: 100_000 });
    expect(await rejection(checkGradients(model, { x, y }, options))).toMatchObject({ code: 'MODEL_BUSY' });
    run.abort();
    await run;
    expect((await checkGradients(model, { x, y }, options)).passed).toBe(true);
  });
});
