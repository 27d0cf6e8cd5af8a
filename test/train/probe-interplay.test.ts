/** Looks and limits beside what else a run does: layers that join, averages, prepared data, hooks of some steps. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  array,
  type Callback,
  callbacks,
  diagnose,
  type FitOptions,
  fit,
  losses,
  type NDArray,
  nn,
  type Optimizer,
  optim,
  type Probe,
  type RunContext,
  schedules,
} from '../../src/index.js';
import { fittable } from '../../src/nn/preprocess/adapt.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { deepModel, rejection, timeless, toyData, weights } from './toy.js';

const data = toyData(56);
/** Four steps an epoch, the last one of half the rows. */
const options = (list: readonly Callback[], more: Partial<FitOptions> = {}): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.02 }),
  epochs: 3,
  batchSize: 16,
  seed: 5,
  callbacks: list,
  ...more,
});
const gradually = () =>
  callbacks.unfreeze({
    schedule: [
      { epoch: 2, layers: 'layers.2' },
      { epoch: 3, layers: 'layers.0' },
    ],
  });

/** Looks at every step before it is taken, in the hook of its batch; of an epoch's first one also in that of the epoch. */
function watcher() {
  const seen: Probe[] = [];
  const twice: Probe[] = [];
  const nextLosses: number[] = [];
  const callback: Callback = {
    epochBegin: async (_, run) => void twice.push((await run.probe())!),
    batchBegin: async (_, run) => void seen.push((await run.probe())!),
    batchEnd: ({ loss }) => void nextLosses.push(loss),
  };
  return { seen, twice, nextLosses, callback };
}

const length = (numbers: readonly number[]) => Math.hypot(...numbers);

/** The weights of a run after each number of steps. */
async function trajectory(steps: number, make: () => FitOptions): Promise<Record<string, NDArray>[]> {
  const states = [deepModel().build([4], { seed: 5 }).state()];
  for (let step = 1; step <= steps; step++) {
    const model = deepModel();
    await fit(model, data, { ...make(), steps: step });
    states.push(model.state());
  }
  return states;
}

const optimizers: [string, () => Optimizer, Partial<FitOptions>][] = [
  ['adam', () => optim.adam({ lr: 0.02 }), {}],
  [
    'adam with a momentum that follows a schedule, clipNorm',
    () => optim.adam({ lr: 0.02, betas: [schedules.oneCycleMomentum({ steps: 12 }), 0.999] }),
    { clipNorm: 0.1 },
  ],
  ['sgd with a schedule that ends', () => optim.sgd({ lr: (step) => (step < 12 ? 0.1 / (1 + step) : Number.NaN), momentum: 0.9 }), {}],
];

describe.each(optimizers)('a probe in a run that unfreezes layers: %s', (_, optimizer, more) => {
  const terms = (list: readonly Callback[] = []) => options([gradually(), ...list], { ...more, optimizer: optimizer() });

  it('sees the step that comes, with what it trains', async () => {
    const { seen, twice, nextLosses, callback } = watcher();
    await fit(deepModel(), data, terms([callback]));
    expect(seen.map(({ loss }) => loss)).toEqual(nextLosses);
    expect(twice).toEqual([0, 4, 8].map((step) => seen[step]));
    const states = await trajectory(12, () => terms());
    for (const [step, { parameters }] of seen.entries()) {
      const trained = ['layers.0', 'layers.2', 'layers.3'].slice(2 - Math.floor(step / 4));
      for (const [path, { trainable, gradient, update }] of Object.entries(parameters)) {
        const moves = trained.some((layer) => path.startsWith(layer));
        expect([trainable, gradient !== undefined, update !== undefined]).toEqual([moves, moves, moves]);
        if (!moves) continue;
        const [before, next] = [states[step]![path]!.data, states[step + 1]![path]!.data];
        const change = Array.from(next, (value, i) => Math.fround(Number(value) - Number(before[i]!)));
        expect(Math.abs(update!.norm / length(change) - 1)).toBeLessThan(reductionTolerance('f32', change.length, 1));
      }
    }
  });

  it('changes no bit, also where the average of the weights is kept', async () => {
    const train = async (list: readonly Callback[]) => {
      const model = deepModel();
      const history = await fit(model, data, {
        ...terms([callbacks.ema({ decay: 0.8, early: 'warmup' }), ...list]),
        validation: toyData(30, 2),
      });
      return { history: timeless(history), weights: weights(model) };
    };
    const looks: Callback = {
      epochBegin: (_, run) => Promise.all([run.probe({ bins: 8, activations: true }), run.gradientNorm()]),
      batchEnd: (_, run) => run.probe(),
      validationBegin: (_, run) => run.gradientNorm(2),
      epochEnd: (_, run) => run.probe({ rows: 40 }),
    };
    expect(await train([looks])).toEqual(await train([]));
  });
});

describe('a probe', () => {
  it('sees the same with averages and without', async () => {
    const [plain, averaged] = [watcher(), watcher()];
    await fit(deepModel(), data, options([plain.callback]));
    await fit(deepModel(), data, options([callbacks.ema({ decay: 0.9 }), averaged.callback]));
    expect(averaged.seen).toEqual(plain.seen);
    expect(averaged.seen).toHaveLength(12);
  });

  it('that nobody waits for, of layers just unfrozen, leaves the model free when the run ends', async () => {
    const model = deepModel().build([4]);
    model.freeze('layers.0');
    const pending: Promise<unknown>[] = [];
    const late: Callback = {
      epochEnd(_, run) {
        model.unfreeze('layers.0');
        pending.push(run.probe(), run.gradientNorm());
      },
    };
    const history = await fit(model, data, options([late], { epochs: 1 }));
    expect(history.stopReason).toBe('epochs');
    await Promise.all(pending);
    expect((await fit(model, data, options([]))).epochs).toBe(3);
  });

  it('tells that nothing is trained, and the run goes on when something is again', async () => {
    const model = deepModel();
    const messages: string[] = [];
    const frozen: Callback = {
      async epochBegin(epoch, run) {
        if (epoch !== 2) return;
        model.freeze();
        messages.push((await rejection(run.probe())).message, (await rejection(run.gradientNorm())).message);
        model.unfreeze('layers.3');
      },
    };
    expect(await fit(model, data, options([frozen]))).toMatchObject({ stopReason: 'epochs', steps: 12 });
    expect(messages).toEqual(Array.from({ length: 2 }, () => expect.stringContaining('there is no trainable parameter')));
  });
});

describe('models that prepare their data', () => {
  /** Columns that f32 cannot tell apart from one row to the next. */
  const wide = () => {
    const x = Float64Array.from(data.x.data, (value) => 1e9 + Number(value));
    return { x: array(x, { shape: [56, 4], dtype: 'f64' }), y: data.y };
  };
  const prepared = () => nn.sequential([nn.standardize(), nn.dense(8, { activation: 'tanh' }), nn.dense(3)]);

  it('are seen as they are trained', async () => {
    const { seen, nextLosses, callback } = watcher();
    const norms: (number | undefined)[] = [];
    const norm = async (_: unknown, run: RunContext) => void norms.push(await run.gradientNorm(2));
    await fit(prepared(), wide(), options([callback, { epochBegin: norm }], { batchSize: 56, shuffle: false }));
    expect(seen.map(({ loss }) => loss)).toEqual(nextLosses);
    for (const [i, { gradientNorm }] of seen.entries()) expect(Math.abs(norms[i]! / gradientNorm - 1)).toBeLessThan(1e-5);
  });

  it('are diagnosed without being fitted', async () => {
    const [fresh, fitted] = [prepared(), await prepared().adapt(wide().x)];
    const found = await diagnose(fresh, wide(), { loss: losses.crossEntropy(), seed: 5 });
    expect(found.probe).toEqual((await diagnose(fitted, wide(), { loss: losses.crossEntropy(), seed: 5 })).probe);
    expect([...fresh.parameters().values()].some(({ initialized }) => initialized)).toBe(false);
    expect(fittable(fresh as never, false)).toHaveLength(1);
    const bad = {
      x: [
        [1, 2],
        [3, Number.NaN],
      ],
      y: [0, 1],
    };
    expect((await rejection(diagnose(prepared(), bad, { loss: losses.crossEntropy() }))).message).toBe(
      'diagnose: x holds NaN in row 1, column 1; expected finite numbers',
    );
    await fit(fresh, data, options([]));
    const other = prepared();
    await fit(other, data, options([]));
    expect(weights(fresh)).toEqual(weights(other));
  });
});

it('diagnose keeps what the optimizer knows of layers that are frozen meanwhile', async () => {
  const train = async (look: boolean) => {
    const [model, optimizer] = [deepModel(), optim.adam({ lr: 0.02 })];
    await fit(model, data, options([], { optimizer }));
    model.freeze('layers.0');
    if (look) expect((await diagnose(model, data, { loss: losses.crossEntropy(), optimizer })).probe.step).toBe(12);
    model.unfreeze('layers.0');
    await fit(model, data, options([], { optimizer }));
    return weights(model);
  };
  expect(await train(true)).toEqual(await train(false));
});

describe('a limit in steps', () => {
  it.each([
    [1, 10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [3, 8, [3, 6]],
    [4, 10, [4, 8]],
    [5, 10, [5, 10]],
    [7, 6, []],
  ])('beside hooks of each %i-th step ends after %i', async (batchEvery, steps, expected) => {
    const seen: number[] = [];
    const begun: number[] = [];
    const hooks: Callback = { batchEvery, batchBegin: ({ step }) => void begun.push(step), batchEnd: ({ step }) => void seen.push(step) };
    const model = deepModel();
    const history = await fit(model, data, options([hooks], { epochs: 9, steps }));
    expect(history).toMatchObject({ steps, epochs: Math.floor(steps / 4), stopReason: 'steps' });
    expect([begun, seen]).toEqual([expected, expected]);
    const plain = deepModel();
    await fit(plain, data, options([], { epochs: 9, steps }));
    expect(weights(model)).toEqual(weights(plain));
  });

  it('leaves a checkpoint of its last step, in runs that unfreeze and average, and the average in the model', async () => {
    const list = () => [gradually(), callbacks.ema({ decay: 0.8 })];
    const whole = async (steps: number) => {
      const model = deepModel();
      await fit(model, data, options(list(), { steps }));
      return weights(model);
    };
    const directory = mkdtempSync(join(tmpdir(), 'slalom-limit-'));
    for (const steps of [3, 4, 6, 8, 8, 11]) {
      const model = deepModel();
      const seen: number[] = [];
      const note: Callback = { batchEvery: 2, batchEnd: ({ step }) => void seen.push(step) };
      const history = await fit(model, data, options([...list(), callbacks.checkpoint({ directory }), note], { steps, resume: directory }));
      expect(history).toMatchObject({ steps, stopReason: 'steps' });
      expect(weights(model)).toEqual(await whole(steps));
      expect(seen.every((step) => step % 2 === 0)).toBe(true);
    }
  });
});
