/** A run that is stopped and goes on from its checkpoint ends as if nothing had happened, to the bit. */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  array,
  type Callback,
  callbacks,
  configure,
  type FitOptions,
  fit,
  losses,
  metrics,
  nn,
  optim,
  saveWeights,
  schedules,
} from '../../src/index.js';
import { rejection, timeless, toyData, toyModel, weights } from './toy.js';

const data = toyData(100);
const folder = () => mkdtempSync(join(tmpdir(), 'slalom-checkpoint-'));
const model = () => nn.sequential([nn.dense(16, { activation: 'tanh' }), nn.dropout(0.3), nn.dense(3)]);
const stopAfter = (steps: number): Callback => ({ batchEnd: ({ step }, run) => step === steps && run.stop('aborted') });

/** What is the same in every part of a run, made anew for each as after the end of a process. */
type Make = () => FitOptions;
const base: Make = () => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 3 })],
  epochs: 6,
  batchSize: 16,
  seed: 3,
});

/** Trains in parts that end after so many steps. */
async function inParts(make: Make, stops: readonly number[], callback: (directory: string) => Callback) {
  const directory = folder();
  for (const stop of stops) {
    const used = make();
    await fit(model(), data, {
      ...used,
      resume: directory,
      callbacks: [callback(directory), ...(used.callbacks ?? []), stopAfter(stop)],
    });
  }
  const last = model();
  const used = make();
  const history = await fit(last, data, {
    ...used,
    resume: directory,
    callbacks: [callback(directory), ...(used.callbacks ?? []), stopAfter(-1)],
  });
  return { weights: weights(last), history: timeless(history) };
}

async function atOnce(make: Make) {
  const whole = model();
  const used = make();
  const history = await fit(whole, data, { ...used, callbacks: [...(used.callbacks ?? []), stopAfter(-1)] });
  return { weights: weights(whole), history: timeless(history) };
}

const everyEpoch = (directory: string) => callbacks.checkpoint({ directory });
const everyStep = (directory: string): Callback => ({ batchEnd: (_, run) => run.checkpoint(join(directory, 'last.safetensors')) });

describe('a run in parts', () => {
  it.each<[string, Make]>([
    ['adam', base],
    ['sgd with momentum', () => ({ ...base(), optimizer: optim.sgd({ lr: 0.1, momentum: 0.9 }) })],
    ['a schedule', () => ({ ...base(), optimizer: optim.adamW({ lr: schedules.cosine({ lr: 0.05, steps: 40 }) }) })],
    ['validation', () => ({ ...base(), validationSplit: 0.3 })],
    ['rows in order, the last batch left out', () => ({ ...base(), shuffle: false, dropLast: true })],
    [
      'early stopping',
      () => ({
        ...base(),
        epochs: 40,
        validationSplit: 0.3,
        callbacks: [callbacks.earlyStopping({ patience: 2, minDelta: 0.05, restoreBest: true })],
      }),
    ],
    ['clipping', () => ({ ...base(), clipNorm: 0.1 })],
  ])('with %s', async (_, make) => {
    const whole = await atOnce(make);
    expect(await inParts(make, [9, 16, 23], everyEpoch)).toEqual(whole);
    expect(await inParts(make, [1, 9, 10, 23], everyStep)).toEqual(whole);
  });

  it('on other numbers of threads', async () => {
    const whole = await atOnce(base);
    let threads = 1;
    const make: Make = () => {
      configure({ threads: ++threads });
      return base();
    };
    expect(await inParts(make, [5, 11, 30], everyStep)).toEqual(whole);
  });

  it('that had ended gives its history and trains no more', async () => {
    const directory = folder();
    const first = await fit(model(), data, { ...base(), callbacks: [callbacks.checkpoint({ directory })] });
    const again = model();
    const second = await fit(again, data, { ...base(), resume: directory, callbacks: [callbacks.checkpoint({ directory })] });
    expect(timeless(second)).toEqual(timeless(first));
    const longer = model();
    await fit(longer, data, { ...base(), epochs: 8, resume: directory, callbacks: [callbacks.checkpoint({ directory })] });
    const whole = model();
    await fit(whole, data, { ...base(), epochs: 8 });
    expect(weights(longer)).toEqual(weights(whole));
  });

  it('keeps numbers that JSON has not', async () => {
    const directory = folder();
    const odd = { name: 'odd', update: () => [array(1)], finalize: () => [Number.NaN, -0, Number.POSITIVE_INFINITY] };
    const make = () => ({
      ...base(),
      metrics: [{ ...metrics.accuracy(), name: 'odd', finalize: odd.finalize }],
      callbacks: [callbacks.checkpoint({ directory })],
    });
    await fit(model(), data, { ...make(), epochs: 2 });
    const { metrics: values } = await fit(model(), data, { ...make(), epochs: 3, resume: directory });
    expect(values.odd).toEqual(Array.from({ length: 3 }, odd.finalize));
  });
});

describe('callbacks.checkpoint', () => {
  it('keeps the best epochs and the last', async () => {
    const directory = folder();
    const losses_: number[] = [];
    await fit(model(), data, {
      ...base(),
      optimizer: optim.sgd({ lr: 1 }),
      callbacks: [callbacks.checkpoint({ directory, best: 2, monitor: 'loss' }), { epochEnd: ({ loss }) => void losses_.push(loss) }],
    });
    const best = losses_.map((loss, i) => ({ loss, epoch: i + 1 })).sort((a, b) => a.loss - b.loss);
    const files = best.slice(0, 2).map(({ epoch }) => `epoch-000${epoch}.safetensors`);
    expect(readdirSync(directory).sort()).toEqual([...files, 'last.safetensors'].sort());
    const from = model();
    expect(
      (
        await fit(from, data, {
          ...base(),
          optimizer: optim.sgd({ lr: 1 }),
          resume: join(directory, files[0]!),
          callbacks: [callbacks.checkpoint({ directory: folder() })],
        })
      ).epochs,
    ).toBe(6);
  });

  it('removes what a killed process left half-written, and nothing else', async () => {
    const directory = folder();
    for (const name of ['.last.safetensors.123.abc.tmp', '.epoch-0003.safetensors.9.f.tmp', '.other.tmp', 'notes.txt'])
      writeFileSync(join(directory, name), 'x');
    await fit(model(), data, { ...base(), epochs: 1, callbacks: [callbacks.checkpoint({ directory })] });
    expect(readdirSync(directory).sort()).toEqual(['.other.tmp', 'last.safetensors', 'notes.txt']);
  });

  it('saves between epochs when steps or minutes say so', async () => {
    for (const when of [{ everySteps: 1 }, { everyMinutes: 1e-9 }]) {
      const directory = folder();
      await fit(model(), data, { ...base(), epochs: 1, callbacks: [callbacks.checkpoint({ directory, ...when })] });
      expect(readdirSync(directory)).toEqual(['last.safetensors']);
    }
  });

  it.each<[string, object, string]>([
    ['no folder', {}, 'directory must be a string'],
    ['0 epochs', { directory: 'x', everyEpochs: 0 }, 'everyEpochs must be a whole number of 1 or more, found 0'],
    ['unknown names', { directory: 'x', everyStep: 3 }, 'did you mean "everySteps"?'],
    ['a monitor that nobody uses', { directory: 'x', monitor: 'loss' }, 'best is 0'],
  ])('refuses %s', (_, options, message) => {
    expect(() => callbacks.checkpoint(options as never)).toThrow(message);
  });

  it('names a value that is not there', async () => {
    const run = fit(model(), data, { ...base(), callbacks: [callbacks.checkpoint({ directory: folder(), best: 1, monitor: 'acuracy' })] });
    expect((await rejection(run)).message).toContain(
      'callbacks.checkpoint: this run has no value "acuracy" to monitor; did you mean "accuracy"?',
    );
  });

  it('ends the run when the folder cannot be written', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    const used = model();
    const error = await rejection(fit(used, data, { ...base(), callbacks: [callbacks.checkpoint({ directory: join(file, 'sub') })] }));
    expect(error.message).toMatch(/ENOTDIR/);
    expect((await fit(used, data, { ...base(), epochs: 1 })).epochs).toBe(1);
  });
});

describe('resume refuses', () => {
  const saved = async () => {
    const directory = folder();
    await fit(model(), data, { ...base(), epochs: 2, callbacks: [callbacks.checkpoint({ directory })] });
    return directory;
  };
  const goOn = (directory: string, options: object = {}, used = model(), from = data) =>
    rejection(fit(used, from, { ...base(), callbacks: [callbacks.checkpoint({ directory })], resume: directory, ...options }));

  it.each<[string, object, string]>([
    ['another seed', { seed: 4 }, 'seed was 3, found 4'],
    ['another batch size', { batchSize: 17 }, 'batchSize was 16, found 17'],
    ['another rate', { optimizer: optim.adam({ lr: 0.02 }) }, 'lr was 0.01, found 0.02'],
    ['another rule', { optimizer: optim.rmsprop({ lr: 0.01 }) }, 'optimizer was "adam", found "rmsprop"'],
    ['other metrics', { metrics: [] }, 'metrics was ["accuracy","confusionMatrix"], found []'],
    ['fewer callbacks with state', { callbacks: [] }, 'had 1 callbacks that keep something, found 0'],
    ['a number', { resume: 3 }, 'resume must be a string, found 3'],
  ])('%s', async (_, options, message) => {
    const used = model().build([4], { seed: 9 });
    const before = weights(used);
    const error = await goOn(await saved(), options, used);
    expect(error.message).toContain(message);
    expect(weights(used)).toEqual(before);
    expect((await fit(used, data, { ...base(), epochs: 1 })).epochs).toBe(1);
  });

  it('other rows and another model, and leaves a model that was never built so', async () => {
    const directory = await saved();
    expect((await goOn(directory, {}, model(), toyData(99))).message).toContain('rows was 100, found 99');
    const other = toyModel();
    const error = await goOn(directory, {}, other as never);
    expect(error).toMatchObject({ name: 'CheckpointError', code: 'CHECKPOINT' });
    expect(error.message).toContain('model/layers.0.weight: expected f32[4, 8], found f32[4, 16]');
    expect([...other.variables().values()].some(({ initialized }) => initialized)).toBe(false);
  });

  it('files that are damaged, cut short, no checkpoint, or not there', async () => {
    const directory = await saved();
    const path = join(directory, 'last.safetensors');
    const whole = readFileSync(path);
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 5]! ^= 1;
    for (const [bytes, message] of [
      [flipped, 'is damaged: its contents do not have the checksum that was written'],
      [whole.subarray(0, whole.length - 7), 'is not a valid safetensors file'],
      [whole.subarray(0, 3), 'is not a valid safetensors file'],
      [Buffer.from(whole.toString('latin1').replace('\\"step\\":', '\\"Step\\":'), 'latin1'), 'is damaged'],
    ] as const) {
      writeFileSync(path, bytes);
      expect((await goOn(directory)).message).toContain(message);
    }
    await saveWeights(model().build([4]), path);
    expect((await goOn(directory)).message).toContain('is not a checkpoint of a run; weights alone are read with loadWeights()');
    expect((await goOn(join(directory, 'none.safetensors'))).message).toContain('ENOENT');
  });

  it('a rate set where a schedule gives it', async () => {
    const set: Callback = { epochEnd: (_, run) => Object.assign(run, { lr: 1 }) };
    const used = { ...base(), optimizer: optim.adam({ lr: schedules.constant(0.1) }), callbacks: [set] };
    expect((await rejection(fit(model(), data, used))).message).toContain('a schedule gives the learning rate');
  });
});

it('the rate that a callback sets counts from the next step, and is resumed', async () => {
  const directory = folder();
  const halve: Callback = {
    epochEnd(_, run) {
      run.lr /= 2;
    },
  };
  const make = () => ({ ...base(), callbacks: [halve, callbacks.checkpoint({ directory })] });
  await fit(model(), data, { ...make(), epochs: 2 });
  const { lr } = await fit(model(), data, { ...make(), epochs: 4, resume: directory });
  expect(lr).toEqual([0.01, 0.005, 0.0025, 0.00125]);
});
