/** Runs of a perceptron with what schedules and callbacks do to them, against PyTorch in float64. */

import { expect, it } from 'vitest';
import { array, callbacks, type FitOptions, fit, losses, nn, type Optimizer, optim, schedules } from '../../src/index.js';
import { distance, fixture, numbers, type Stored, stored, type Values } from './fixtures.js';

interface Run {
  readonly name: string;
  readonly losses: Values;
  readonly final: Record<string, Values>;
}

const { sizes, initial, batches } = fixture<{
  sizes: readonly number[];
  initial: Record<string, Stored>;
  batches: { x: Stored; labels: Stored };
}>('mlp');
interface Unfrozen extends Run {
  readonly schedule: readonly callbacks.UnfreezeEntry[];
  /** 0: none. */
  readonly clipNorm: number;
}
interface Averaged {
  readonly name: 'ema' | 'warmup' | 'debias' | 'swa';
  readonly everySteps: number;
  readonly startEpoch: number;
  readonly average: Record<string, Values>;
}
const golden = fixture<{ oneCycle: readonly Run[]; averages: readonly Averaged[]; unfreeze: readonly Unfrozen[] }>('training');

const [rounds, batchSize, features] = batches.x.shape as [number, number, number];
const data = {
  x: array(Float64Array.from(numbers(batches.x.data)), { shape: [rounds * batchSize, features] }),
  y: array(Int32Array.from(numbers(batches.labels.data))),
};

function makeModel() {
  const layers = sizes.slice(1).map((width, i) => nn.dense(width, i < sizes.length - 2 ? { activation: 'relu' } : {}));
  const model = nn.sequential(layers, { dtype: 'f64' });
  model.load(Object.fromEntries(Object.entries(initial).map(([name, value]) => [name, stored(value)])));
  return model;
}

async function train(options: Omit<FitOptions, 'loss'>) {
  const model = makeModel();
  const seen: number[] = [];
  await fit(model, data, {
    loss: losses.crossEntropy(),
    epochs: 5,
    batchSize,
    shuffle: false,
    onBatch: ({ loss }) => seen.push(loss),
    ...options,
  });
  return { seen, state: model.state() };
}

/** Only rounding differs, and fifty steps let it grow a little. */
const TOLERANCE = 1e-13;

function expectWeights(state: Record<string, { readonly data: ArrayLike<number> }>, expected: Record<string, Values>) {
  for (const [name, values] of Object.entries(expected)) {
    const sample = Array.from(state[name]!.data).filter((_, i) => i % 7 === 0);
    expect(distance(sample, numbers(values)), name).toBeLessThan(TOLERANCE);
  }
}

const cycle = { steps: 50 };
const lr = schedules.oneCycle({ max: 0.05, ...cycle });
const momentum = schedules.oneCycleMomentum(cycle);
const oneCycle: Record<string, () => Optimizer> = {
  sgd: () => optim.sgd({ lr, momentum }),
  nesterov: () => optim.sgd({ lr, momentum, nesterov: true }),
  rmsprop: () => optim.rmsprop({ lr, momentum }),
  adam: () => optim.adam({ lr, betas: [momentum, 0.999] }),
  adamW: () => optim.adamW({ lr, betas: [momentum, 0.999] }),
};

it.each(golden.oneCycle.map((run) => [run.name, run] as const))('one cycle of rate and momentum: %s', async (name, run) => {
  const { seen, state } = await train({ optimizer: oneCycle[name]!() });
  expect(distance(seen, numbers(run.losses), Number.MIN_VALUE)).toBeLessThan(TOLERANCE);
  expectWeights(state, run.final);
});

it.each(golden.unfreeze.map((run, i) => [`${run.name} (${i})`, run] as const))('layers that join later: %s', async (_, run) => {
  const { seen, state } = await train({
    optimizer: run.name === 'sgd' ? optim.sgd({ lr: 0.05, momentum: 0.9 }) : optim.adam({ lr: 0.01 }),
    callbacks: [callbacks.unfreeze({ schedule: run.schedule })],
    ...(run.clipNorm > 0 && { clipNorm: run.clipNorm }),
  });
  expect(distance(seen, numbers(run.losses), Number.MIN_VALUE)).toBeLessThan(TOLERANCE);
  expectWeights(state, run.final);
});

it.each(golden.averages.map((run, i) => [`${run.name} (${i})`, run] as const))('the average of the weights: %s', async (_, run) => {
  const { name, everySteps, startEpoch } = run;
  const early = ({ ema: 'copy', warmup: 'warmup', debias: 'debias' } as const)[name as 'ema'];
  const callback =
    name === 'swa' ? callbacks.swa({ startEpoch, everySteps }) : callbacks.ema({ decay: 0.9, everySteps, startEpoch, early });
  const { state } = await train({ optimizer: optim.adam({ lr: 0.01 }), callbacks: [callback] });
  expectWeights(state, run.average);
});
