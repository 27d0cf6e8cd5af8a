/** Averages of the weights beside a run. Their values are compared with PyTorch's in test/golden. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  array,
  type Callback,
  callbacks,
  compile,
  evaluate,
  fit,
  losses,
  metrics,
  type NDArray,
  NonFiniteError,
  nn,
  optim,
  predict,
  type Tensor,
} from '../../src/index.js';
import { Averaging } from '../../src/optim/averaging.js';
import { currentTrace } from '../../src/tensor/trace.js';
import { deepModel, rejection, savesUntil, timeless, toyData, toyModel, weights } from './toy.js';

const data = toyData(50);
const validation = toyData(30, 2);
/** Four steps an epoch. */
const options = (list: readonly Callback[], epochs = 5) => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.05 }),
  metrics: [metrics.accuracy()],
  epochs,
  batchSize: 16,
  seed: 7,
  callbacks: list,
});
const folder = () => mkdtempSync(join(tmpdir(), 'slalom-average-'));
const flat = (state: Record<string, NDArray>) => Object.values(state).flatMap((value) => Array.from(value.data));

/** The weights after every step of a run that keeps no average. */
async function trajectory(epochs = 5): Promise<number[][]> {
  const steps: number[][] = [];
  for (let step = 1; step <= 4 * epochs; step++) {
    const model = deepModel();
    await fit(model, data, options([{ batchEnd: (event, run) => event.step === step && run.stop('there') }], epochs));
    steps.push(weights(model));
  }
  return steps;
}

const { fround } = Math;
/** The average in single precision, as the step takes it. */
function averageOf(steps: readonly number[][], shares: readonly number[]): number[] {
  return steps.reduce(
    (average, now, i) => average.map((a, j) => fround(a + fround(fround(now[j]! - a) * fround(shares[i]!)))),
    steps[0]!.map(() => 0),
  );
}

describe('the average', () => {
  it.each<[string, Callback, (step: number) => number]>([
    ['ema', callbacks.ema({ decay: 0.8 }), (step) => (step === 1 ? 1 : 1 - 0.8)],
    [
      'ema, every third step of later epochs',
      callbacks.ema({ decay: 0.8, everySteps: 3, startEpoch: 2 }),
      (step) => (step === 7 ? 1 : step > 4 && (step - 4) % 3 === 0 ? 1 - 0.8 : 0),
    ],
    ['ema of no memory', callbacks.ema({ decay: 0 }), () => 1],
    ['swa', callbacks.swa({ startEpoch: 3 }), (step) => (step > 8 && step % 4 === 0 ? 1 / (step / 4 - 2) : 0)],
    ['swa of every step', callbacks.swa({ startEpoch: 1, everySteps: 1 }), (step) => 1 / step],
  ])('is what the model has in the end, to the bit: %s', async (_, callback, share) => {
    const model = deepModel();
    await fit(model, data, options([callback]));
    const steps = await trajectory();
    expect(weights(model)).toEqual(
      averageOf(
        steps,
        steps.map((_, i) => share(i + 1)),
      ),
    );
  });

  it('leaves training as it is: losses and weights are those of a run without', async () => {
    const [plain, beside] = [deepModel(), deepModel()];
    const a = await fit(plain, data, options([]));
    const b = await fit(beside, data, options([callbacks.ema({ decay: 0.9, finish: false })]));
    expect(timeless(b)).toEqual(timeless(a));
    expect(weights(beside)).toEqual(weights(plain));
  });

  it('is what validation sees, from the epoch on in which it begins', async () => {
    const model = deepModel();
    const raw = deepModel();
    const { validation: seen } = await fit(model, data, { ...options([callbacks.ema({ decay: 0.9, startEpoch: 3 })]), validation });
    const { validation: without } = await fit(raw, data, { ...options([]), validation });
    expect(seen!.loss.slice(0, 2)).toEqual(without!.loss.slice(0, 2));
    expect(seen!.loss.slice(2).every((loss, i) => loss !== without!.loss[i + 2])).toBe(true);
    const { loss, accuracy } = await evaluate(model, validation, { loss: losses.crossEntropy(), metrics: [metrics.accuracy()] });
    expect([seen!.loss.at(-1), seen!.accuracy.at(-1)]).toEqual([loss, accuracy]);
    const other = deepModel();
    const { validation: asked } = await fit(other, data, { ...options([callbacks.ema({ decay: 0.9, evaluate: 'raw' })]), validation });
    expect(asked).toEqual(without);
  });

  it('is what the best epoch keeps, and what is published', async () => {
    const averages: number[][] = [];
    for (let epochs = 1; epochs <= 5; epochs++) {
      const part = deepModel();
      await fit(part, data, options([callbacks.ema({ decay: 0.9 })], epochs));
      averages.push(weights(part));
    }
    const model = deepModel();
    const published: number[][] = [];
    const best: Callback = {
      async epochEnd({ epoch }, run) {
        if (epoch === 3) run.finishWith(await run.snapshot());
        published.push(Array.from((await predict(model, data.x)).data));
      },
    };
    await fit(model, data, { ...options([callbacks.ema({ decay: 0.9 }), best]), publish: 'epoch', validation });
    expect(weights(model)).toEqual(averages[2]);
    expect(published[2]).toEqual(Array.from((await predict(model, data.x)).data));
  });

  it('goes on in a run that is resumed, to the bit', async () => {
    for (const make of [
      () => callbacks.ema({ decay: 0.9, early: 'debias', everySteps: 2 }),
      () => callbacks.ema({ decay: 0.9, early: 'warmup' }),
      () => callbacks.swa({ startEpoch: 2 }),
    ]) {
      const train = async (directory: string | undefined, stop: number) => {
        const model = deepModel();
        const history = await fit(model, data, {
          ...options([make(), savesUntil(stop, directory)]),
          validation,
          ...(directory && { resume: directory }),
        });
        return { weights: weights(model), validation: history.validation };
      };
      const whole = await train(undefined, -1);
      const directory = folder();
      for (const stop of [1, 4, 7, 8, 19]) await train(directory, stop);
      expect(await train(directory, -1)).toEqual(whole);
      // The run is over: the model gets its average again.
      expect(await train(directory, -1)).toEqual(whole);
    }
  });

  it('is the model’s after an abort, not after an error', async () => {
    const [stopped, failed] = [deepModel(), deepModel()];
    const controller = new AbortController();
    await fit(stopped, data, { ...options([callbacks.ema({ decay: 0.5 })]), signal: controller.signal, onEpoch: () => controller.abort() });
    const steps = await trajectory(1);
    expect(weights(stopped)).toEqual(averageOf(steps, [1, 0.5, 0.5, 0.5]));
    const error = await rejection(fit(failed, data, { ...options([callbacks.ema()]), onEpoch: () => Promise.reject(new Error('no')) }));
    expect(error.message).toBe('no');
    expect(weights(failed)).toEqual(steps[3]);
  });

  it('takes layers in that join the run, and keeps those of others', async () => {
    const average = callbacks.swa({ startEpoch: 2, everySteps: 1 });
    const unfreeze = () => callbacks.unfreeze({ schedule: [{ epoch: 4, layers: 'layers.0' }] });
    const model = deepModel();
    await fit(model, data, options([average, unfreeze()]));
    const steps: number[][] = [];
    for (let step = 1; step <= 20; step++) {
      const part = deepModel();
      await fit(part, data, options([unfreeze(), { batchEnd: (event, run) => event.step === step && run.stop('there') }]));
      steps.push(weights(part));
    }
    expect(weights(model)).toEqual(
      averageOf(
        steps.slice(4),
        Array.from({ length: 16 }, (_, i) => 1 / (i + 1)),
      ),
    );
  });

  it('works in f64, with labels that no batch divides, and in one epoch of one step', async () => {
    const model = toyModel().build([4], { seed: 1, dtype: 'f64' });
    await fit(model, data, { ...options([callbacks.ema({ decay: 0.9 })]), batchSize: 7 });
    expect(flat(model.state()).every(Number.isFinite)).toBe(true);
    const [one, plain] = [toyModel(), toyModel()];
    await fit(one, data, { ...options([callbacks.ema()], 1), batchSize: 50 });
    await fit(plain, data, { ...options([], 1), batchSize: 50 });
    expect(weights(one)).toEqual(weights(plain));
  });

  it('that never begins changes nothing', async () => {
    const [model, plain] = [deepModel(), deepModel()];
    await fit(model, data, { ...options([callbacks.swa({ startEpoch: 9 })]), validation });
    await fit(plain, data, { ...options([]), validation });
    expect(weights(model)).toEqual(weights(plain));
  });

  it('is not touched by a step that is refused', () => {
    const model = nn.sequential([nn.dense(2)]).build([4], { seed: 1 });
    const [averages, optimizer] = [new Averaging(), optim.sgd({ lr: 0.1 })];
    const step = compile((x: Tensor) => {
      optimizer.apply(model.call(x).square().mean(), model.parameters());
      averages.update(currentTrace(), optimizer.groups, x.mean());
    });
    const average = () => {
      const [piece] = averages.pieces().values();
      return Array.from(piece!.packed.value.data);
    };
    step.sync(array([[1, 1, 1, 1]]));
    const kept = average();
    expect(kept.some((value) => value !== 0)).toBe(true);
    expect(() => step.sync(array([[1, 1, 1, 3e38]]))).toThrow(NonFiniteError);
    expect(average()).toEqual(kept);
  });
});

describe('misuse is refused', () => {
  it.each<[string, () => unknown, string]>([
    ['a decay of 1', () => callbacks.ema({ decay: 1 }), 'decay must be a number from 0 and below 1, found 1'],
    ['no steps', () => callbacks.ema({ everySteps: 0 }), 'everySteps must be a whole number of 1 or more, found 0'],
    ['unknown names', () => callbacks.ema({ start: 3 } as never), 'unknown option "start"; did you mean "startEpoch"?'],
    ['other weights', () => callbacks.ema({ evaluate: 'swa' as never }), 'evaluate must be one of "ema", "raw", found "swa"'],
    ['swa without a beginning', () => callbacks.swa({} as never), 'startEpoch must be a whole number of 1 or more, found undefined'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('two averages at once, and a run that goes on with another', async () => {
    const model = deepModel();
    const two = fit(model, data, options([callbacks.ema(), callbacks.swa({ startEpoch: 1 })]));
    expect((await rejection(two)).message).toBe('fit: two callbacks average the weights, expected one');
    const directory = folder();
    await fit(deepModel(), data, options([callbacks.ema(), callbacks.checkpoint({ directory })], 2));
    const goOn = (average: Callback[]) =>
      rejection(fit(model, data, { ...options([...average, callbacks.checkpoint({ directory })]), resume: directory }));
    expect((await goOn([callbacks.ema({ decay: 0.9 })])).message).toContain('callbacks.ema: the run to go on with averaged by');
    expect((await goOn([callbacks.swa({ startEpoch: 1 })])).code).toBe('CHECKPOINT');
    expect((await goOn([])).message).toContain('callbacks that keep something');
    expect((await fit(model, data, options([]))).epochs).toBe(5);
  });
});
