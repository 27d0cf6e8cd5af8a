import { describe, expect, it } from 'vitest';
import { type ActivationReport, array, fit, losses, nn, optim, type Probe, type Statistics } from '../../src/index.js';
import type { Optimizer } from '../../src/optim/optimizer.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { distance, fixture, type Stored, stored } from './fixtures.js';

type Basic = Required<Statistics>;

interface Moment {
  readonly step: number;
  readonly rows: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly parameters: Readonly<
    Record<string, { readonly weight: Basic; readonly gradient: Basic; readonly update: { readonly norm: number; readonly ratio: number } }>
  >;
  readonly activations: Readonly<Record<string, ActivationReport & Basic>>;
  readonly whole: { readonly max: number; readonly 2: number };
}

interface Run {
  readonly name: string;
  readonly rule: 'adam' | 'sgd';
  readonly options: object;
  readonly clipNorm?: number;
  readonly moments: readonly Moment[];
}

const golden = fixture<{
  readonly weights: Readonly<Record<string, Stored>>;
  readonly x: Stored;
  readonly labels: readonly number[];
  readonly batchSize: number;
  readonly bins: number;
  readonly runs: readonly Run[];
}>('probe');

interface Seen {
  readonly probe: Probe;
  readonly whole: { readonly max: number; readonly 2: number };
}

/** The moments of a run. */
async function looks({ rule, options, clipNorm, moments }: Run, dtype: 'f32' | 'f64'): Promise<Seen[]> {
  const model = nn.sequential([nn.dense(9, { activation: 'relu' }), nn.dense(5, { activation: 'tanh' }), nn.dense(4)], { dtype });
  model.load(Object.fromEntries(Object.entries(golden.weights).map(([path, value]) => [path, stored(value, dtype)])));
  const seen: Seen[] = [];
  await fit(
    model,
    { x: stored(golden.x, dtype), y: array(Int32Array.from(golden.labels)) },
    {
      loss: losses.crossEntropy(),
      optimizer: (optim[rule] as (options: object) => Optimizer)(options),
      ...(clipNorm !== undefined && { clipNorm }),
      batchSize: golden.batchSize,
      shuffle: false,
      steps: moments.at(-1)!.step + 1,
      callbacks: [
        {
          async runBegin(run) {
            await this.batchEnd!({ step: 0 } as never, run);
          },
          async batchEnd({ step }, run) {
            if (!moments.some((moment) => moment.step === step)) return;
            const whole = { max: (await run.gradientNorm())!, 2: (await run.gradientNorm(2))! };
            seen.push({ probe: (await run.probe({ bins: golden.bins, activations: true }))!, whole });
          },
        },
      ],
    },
  );
  return seen;
}

/** Six weights, nine units, six rows, seven steps: no sum has more than this many terms. */
const TERMS = 6 * 9 * 7;
const basic = ({ norm, mean, std, min, max }: Statistics) => [norm, mean, std, min, max];

describe.each(golden.runs.map((run) => [run.name, run] as const))('a probe of a run with %s', (_, run) => {
  it.each(['f64', 'f32'] as const)('gives the numbers of torch and NumPy in %s', async (dtype) => {
    const tolerance = reductionTolerance(dtype, TERMS, 1);
    const close = (actual: ArrayLike<number>, expected: readonly number[]) => expect(distance(actual, expected)).toBeLessThan(tolerance);
    const seen = await looks(run, dtype);
    expect(seen.length).toBe(run.moments.length);
    for (const [i, { probe, whole }] of seen.entries()) {
      const { step, rows, loss, gradientNorm, parameters, activations, whole: expected } = run.moments[i]!;
      expect(probe).toMatchObject({ step, rows, epoch: Math.floor(step / 4) });
      close([probe.loss, probe.gradientNorm, whole.max, whole[2]], [loss, gradientNorm, expected.max, expected[2]]);
      expect(Object.keys(probe.parameters)).toEqual(Object.keys(parameters));
      for (const [path, { weight, gradient, update }] of Object.entries(parameters)) {
        const found = probe.parameters[path]!;
        close(basic(found.weight), basic(weight));
        close(basic(found.gradient!), basic(gradient));
        close([found.update!.norm, found.update!.ratio!], [update.norm, update.ratio]);
        close(found.weight.histogram!.edges, weight.histogram.edges);
        close(found.gradient!.histogram!.edges, gradient.histogram.edges);
        if (dtype === 'f32') continue;
        expect(found.weight.histogram!.counts).toEqual(weight.histogram.counts);
        expect(found.gradient!.histogram!.counts).toEqual(gradient.histogram.counts);
      }
      expect(Object.keys(probe.activations)).toEqual(Object.keys(activations));
      for (const [path, { kind, units, zeroShare, deadShare, saturatedShare, ...others }] of Object.entries(activations)) {
        const found = probe.activations[path]!;
        expect(found).toMatchObject({ kind, units, output: false });
        close([found.zeroShare, found.deadShare, found.saturatedShare], [zeroShare, deadShare, saturatedShare]);
        close(basic(found), basic(others));
      }
    }
  });
});
