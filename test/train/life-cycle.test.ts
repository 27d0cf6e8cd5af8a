/** The hooks of callbacks: in which order they are called, and what an error in any of them does. */

import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, optim, type RunContext } from '../../src/index.js';
import { readCheckpoint } from '../../src/train/checkpoint/file.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const data = toyData(50);
const path = () => join(mkdtempSync(join(tmpdir(), 'slalom-hooks-')), 'last.safetensors');
/** Two steps an epoch. */
const options = (list: readonly Callback[], epochs = 2) => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  epochs,
  batchSize: 25,
  seed: 7,
  callbacks: list,
});

type Hook = Exclude<keyof Callback, 'batchEvery' | 'saveState' | 'loadState'>;
const HOOKS: readonly Hook[] = [
  'setup',
  'runBegin',
  'epochBegin',
  'batchBegin',
  'batchEnd',
  'progress',
  'validationBegin',
  'validationEnd',
  'epochEnd',
  'checkpointBegin',
  'checkpointEnd',
  'runEnd',
];
const everyHook = (call: (hook: Hook, ...args: unknown[]) => unknown): Callback =>
  Object.fromEntries(HOOKS.map((hook) => [hook, (...args: unknown[]) => call(hook, ...args)]));

describe('hooks', () => {
  it('come in order, checkpoints after the hook that asked for them', async () => {
    const calls: string[] = [];
    const file = path();
    const note = everyHook((hook) => void calls.push(hook));
    const asks: Callback = { epochEnd: ({ epoch }, run) => epoch === 1 && run.checkpoint(file) };
    await fit(toyModel(), data, { ...options([asks, note]), validation: data });
    const batch = ['batchBegin', 'batchEnd'];
    const epoch = ['epochBegin', ...batch, 'progress', ...batch, 'validationBegin', 'validationEnd', 'epochEnd'];
    expect(calls).toEqual(['setup', 'runBegin', ...epoch, 'checkpointBegin', 'checkpointEnd', ...epoch, 'runEnd']);
  });

  it('are told where the run is', async () => {
    const seen: unknown[] = [];
    const file = path();
    await fit(
      toyModel(),
      data,
      options([
        {
          batchBegin: (event) => void seen.push(event),
          batchEnd: ({ step }, run) => step === 3 && run.checkpoint(file),
          checkpointBegin: () => void seen.push(existsSync(file)),
          checkpointEnd: async (event) => void seen.push(event, (await readCheckpoint(file)).record.step),
        },
      ]),
    );
    expect(seen).toEqual([
      { epoch: 1, batch: 1, step: 1 },
      { epoch: 1, batch: 2, step: 2 },
      { epoch: 2, batch: 1, step: 3 },
      false,
      { path: file, epoch: 1, step: 3 },
      3,
      { epoch: 2, batch: 2, step: 4 },
    ]);
  });

  it.each<[Hook, number]>([
    ['runBegin', 0],
    ['epochBegin', 0],
    ['batchBegin', 0],
    ['batchEnd', 1],
    ['progress', 1],
    ['validationBegin', 2],
    ['validationEnd', 2],
    ['epochEnd', 2],
  ])('a checkpoint that %s asks for is on the disk before the next step, and can be gone on from', async (hook, step) => {
    const whole = toyModel();
    const steps: Callback = { batchEnd() {} };
    await fit(whole, data, { ...options([steps]), validation: data });
    const file = path();
    const asks: Callback = {
      [hook]: (...args: unknown[]) => (args.at(-1) as RunContext).checkpoint(file),
      checkpointEnd: (_, run) => run.stop('aborted'),
    };
    await fit(toyModel(), data, { ...options([steps, asks]), validation: data });
    expect((await readCheckpoint(file)).record.step).toBe(step);
    const parts = toyModel();
    await fit(parts, data, { ...options([steps]), validation: data, resume: file });
    expect(weights(parts)).toEqual(weights(whole));
  });

  it('of checkpoints may not ask for another', async () => {
    const file = path();
    const asks: Callback = { runBegin: (run) => run.checkpoint(file), checkpointEnd: (_, run) => run.checkpoint(file) };
    const error = await rejection(fit(toyModel(), data, options([asks])));
    expect(error).toMatchObject({ code: 'STATE', message: 'run.checkpoint: one is being written; ask in another hook' });
    expect((await readCheckpoint(file)).record.step).toBe(0);
  });
});

describe('batchEvery', () => {
  it.each([2, 3, 5, 7, 100])('%i: events of each n-th step of the run, those of every step among them', async (n) => {
    const train = async (batchEvery: number | undefined) => {
      const model = toyModel();
      const events: { readonly step: number }[] = [];
      const begun: number[] = [];
      const callback: Callback = {
        ...(batchEvery && { batchEvery }),
        batchBegin: ({ step }) => void begun.push(step),
        batchEnd: (event) => void events.push(event),
      };
      await fit(model, data, { ...options([callback], 6), batchSize: 10 });
      expect(begun).toEqual(events.map(({ step }) => step));
      return { events, weights: weights(model) };
    };
    const [every, some] = [await train(undefined), await train(n)];
    expect(every.events.length).toBe(30);
    expect(some.events).toEqual(every.events.filter(({ step }) => step % n === 0));
    expect(some.weights).toEqual(every.weights);
  });

  it('is each callback’s own', async () => {
    const seen: string[] = [];
    const note = (batchEvery: number): Callback => ({ batchEvery, batchEnd: ({ step }) => void seen.push(`${batchEvery}:${step}`) });
    await fit(toyModel(), data, options([note(2), note(3)], 3));
    expect(seen).toEqual(['2:2', '3:3', '2:4', '2:6', '3:6']);
  });

  it.each([0, -1, 1.5, '2'])('refuses %s', async (batchEvery) => {
    const error = await rejection(fit(toyModel(), data, options([{ batchEvery: batchEvery as number, batchEnd() {} }])));
    expect(error.message).toContain('batchEvery must be a whole number of 1 or more');
  });
});

/** After how many steps the first call of a hook comes. */
const STEPS: Record<Exclude<Hook, 'setup'>, number> = {
  runBegin: 0,
  epochBegin: 0,
  batchBegin: 0,
  batchEnd: 1,
  progress: 1,
  validationBegin: 2,
  validationEnd: 2,
  epochEnd: 2,
  checkpointBegin: 2,
  checkpointEnd: 2,
  runEnd: 4,
};

describe.each(Object.entries(STEPS) as [Hook, number][])('an error in %s', (hook, steps) => {
  it.each(['thrown', 'rejected', 'rejected later'])('%s ends the run, and leaves the model as it was after the last step', async (how) => {
    const fail = async () => {
      if (how === 'rejected later') await new Promise(setImmediate);
      throw new RangeError(hook);
    };
    const failing: Callback = {
      [hook]: () => {
        if (how === 'thrown') throw new RangeError(hook);
        return fail();
      },
    };
    const ended: unknown[] = [];
    const other: Callback = { batchEnd() {}, runEnd: ({ steps, stopReason }) => void ended.push([steps, stopReason]) };
    const model = toyModel();
    const optimizer = optim.adam({ lr: 0.01 });
    const saves = callbacks.checkpoint({ directory: join(path(), '..') });
    const error = await rejection(fit(model, data, { ...options([other, saves, failing]), optimizer, validation: data }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(hook);
    expect(ended).toEqual([[steps, hook === 'runEnd' ? 'epochs' : 'error']]);
    // The weights and the optimizer are those of a run that was stopped there: both go on alike.
    const same = toyModel();
    const sameOptimizer = optim.adam({ lr: 0.01 });
    const stops: Callback = {
      batchBegin: ({ step }, run) => step > steps && run.stop('there'),
    };
    await fit(same, data, { ...options([stops]), optimizer: sameOptimizer });
    expect(weights(model)).toEqual(weights(same));
    expect(optimizer.steps).toBe(steps);
    await fit(model, data, { ...options([]), optimizer });
    await fit(same, data, { ...options([]), optimizer: sameOptimizer });
    expect(weights(model)).toEqual(weights(same));
  });
});

describe('setup', () => {
  it('that throws refuses the run, and parameters train as before', async () => {
    const model = toyModel();
    const failing: Callback = {
      setup(given) {
        given.freeze();
        throw new RangeError('no');
      },
    };
    expect((await rejection(fit(model, data, options([failing])))).message).toBe('no');
    expect(model.trainable).toBe(true);
    expect((await fit(model, data, options([]))).epochs).toBe(2);
  });

  it('may freeze parts', async () => {
    const model = toyModel().build([4], { seed: 1 });
    const before = model.state();
    const freezes: Callback = {
      setup(given) {
        given.parameters().get('layers.0.weight')!.trainable = false;
      },
    };
    await fit(model, data, options([freezes]));
    const after = model.state();
    expect(Object.keys(after).filter((name) => after[name]!.data.every((value, i) => value === before[name]!.data[i]))).toEqual([
      'layers.0.weight',
    ]);
  });

  it('may not be async, and what it froze in a run that is refused is trained again', async () => {
    const model = toyModel();
    const late: Callback = {
      async setup(given) {
        given.freeze();
        await Promise.reject(new Error('never seen'));
      },
    };
    expect((await rejection(fit(model, data, options([late])))).message).toContain('setup of a callback must not be async');
    const refused = fit(model, { x: data.x, y: data.y.slice(0, 3) }, options([{ setup: (given) => void given.freeze() }]));
    expect((await rejection(refused)).code).toBe('DATA');
    const frozen = fit(model, data, options([{ setup: (given) => void given.freeze() }]));
    expect((await rejection(frozen)).message).toContain('there is no trainable parameter');
    expect(model.trainable).toBe(true);
  });
});
