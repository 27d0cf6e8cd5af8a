/** What callbacks may do with a run, and what happens when they do it wrong. */

import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, fit, losses, optim, type RunContext, SlalomError } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const data = toyData(50);
const options = (...list: object[]) => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  epochs: 3,
  batchSize: 25,
  seed: 7,
  callbacks: list as Callback[],
});
const trained = async (epochs: number) => {
  const model = toyModel();
  await fit(model, data, { ...options(), epochs });
  return weights(model);
};

describe('several callbacks', () => {
  it('are called in turn, each waited for, hook by hook', async () => {
    const calls: string[] = [];
    const note = (name: string): Callback => ({
      runBegin: () => void calls.push(`${name} begins`),
      epochEnd: async () => {
        await new Promise(setImmediate);
        calls.push(`${name} epoch`);
      },
      runEnd: () => void calls.push(`${name} ends`),
    });
    await fit(toyModel(), data, { ...options(note('a'), note('b')), epochs: 1, onEpoch: () => void calls.push('onEpoch') });
    expect(calls).toEqual(['a begins', 'b begins', 'a epoch', 'b epoch', 'onEpoch', 'a ends', 'b ends']);
  });

  it('keep their own this', async () => {
    class Counter implements Callback {
      epochs = 0;
      epochEnd() {
        this.epochs++;
      }
    }
    const counter = new Counter();
    await fit(toyModel(), data, options(counter));
    expect(counter.epochs).toBe(3);
  });
});

describe('an error in a callback', () => {
  const faults = (hook: keyof Callback) => ({
    [hook]: () => {
      throw new RangeError(hook);
    },
  });

  it.each<[keyof Callback, number]>([
    ['runBegin', 0],
    ['epochBegin', 0],
    ['batchEnd', 1],
    ['progress', 1],
    ['validationEnd', 2],
    ['epochEnd', 2],
    ['runEnd', 6],
  ])('from %s reaches the caller as it is, and the model keeps the steps that were done', async (hook, steps) => {
    const model = toyModel();
    const error = await rejection(fit(model, data, { ...options(faults(hook), { batchEnd() {} }), validation: data }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(hook);
    const same = toyModel();
    await fit(
      same,
      data,
      options(
        { batchEnd: ({ step }: { step: number }, run: RunContext) => step === steps && run.stop('there') },
        ...(steps === 0 ? [{ runBegin: (run: RunContext) => run.stop('there') }] : []),
      ),
    );
    expect(weights(model)).toEqual(weights(same));
    expect((await fit(model, data, options())).epochs).toBe(3);
  });

  it('does not hide behind one from runEnd', async () => {
    const error = await rejection(fit(toyModel(), data, options(faults('epochEnd'), faults('runEnd'))));
    expect(error.message).toBe('epochEnd');
  });

  it('still tells the others that the run ended, and how', async () => {
    const ended: unknown[] = [];
    await rejection(
      fit(toyModel(), data, options({ runEnd: ({ stopReason, epochs }: never) => ended.push([stopReason, epochs]) }, faults('epochEnd'))),
    );
    expect(ended).toEqual([['error', 1]]);
  });

  it.each([undefined, null, 'text', 0])('may be any value: %s', async (thrown) => {
    const run = fit(toyModel(), data, {
      ...options(),
      onEpoch: () => {
        throw thrown;
      },
    });
    await expect(
      run.then(
        () => 'resolved',
        (error) => ['rejected', error],
      ),
    ).resolves.toEqual(['rejected', thrown]);
  });

  it('may come as a promise', async () => {
    expect((await rejection(fit(toyModel(), data, options({ epochBegin: () => Promise.reject(new RangeError('later')) })))).message).toBe(
      'later',
    );
  });
});

describe('run.stop', () => {
  it('ends the run after the batch, under its reason; the first one counts', async () => {
    const history = await fit(
      toyModel(),
      data,
      options({
        batchEnd({ step }: { step: number }, run: RunContext) {
          if (step === 3) run.stop('enough');
          if (step === 3) run.stop('more than enough');
        },
      }),
    );
    expect(history).toMatchObject({ steps: 3, epochs: 1, stopReason: 'enough' });
    expect(history.loss).toHaveLength(1);
  });

  it('in runBegin lets nothing begin', async () => {
    expect(await fit(toyModel(), data, options({ runBegin: (run: RunContext) => run.stop('no') }))).toMatchObject({
      steps: 0,
      stopReason: 'no',
    });
  });
});

describe('snapshots', () => {
  it.each([1, 2, 3])('of epoch %i come back when the run ends', async (epoch) => {
    const model = toyModel();
    await fit(
      model,
      data,
      options({
        async epochEnd(event: { epoch: number }, run: RunContext) {
          if (event.epoch === epoch) run.finishWith(await run.snapshot());
        },
      }),
    );
    expect(weights(model)).toEqual(await trained(epoch));
  });

  it('do not come back after an error', async () => {
    const model = toyModel();
    await rejection(
      fit(
        model,
        data,
        options({
          async epochEnd(event: { epoch: number }, run: RunContext) {
            if (event.epoch === 2) throw new RangeError();
            run.finishWith(await run.snapshot());
          },
        }),
      ),
    );
    expect(weights(model)).toEqual(await trained(2));
  });
});

describe('misuse is refused', () => {
  let other: unknown;
  it.each<[string, object, string]>([
    ['hooks that are no functions', { epochEnd: 3 }, 'fit: callbacks[0]: epochEnd must be a function, found 3'],
    ['misspelt hooks', { epochEnds() {} }, 'fit: callbacks[0]: unknown hook "epochEnds"; did you mean "epochEnd"?'],
    ['hooks with another prefix', { onEpochEnd() {} }, 'did you mean "epochEnd"?'],
    ['no hooks', { draw() {} }, 'fit: callbacks[0] has none of the hooks that a run calls: setup, runBegin, epochBegin,'],
    [
      'objects of a class without hooks',
      new (class {
        train() {}
      })(),
      'callbacks[0] has none of the hooks',
    ],
    ['lists of callbacks', [{ epochEnd() {} }], 'callbacks must be an array, each element a callback object'],
    ['reasons that are no text', { epochEnd: (_: unknown, run: RunContext) => run.stop(3 as never) }, 'reason must be a string, found 3'],
    [
      'weights that are no snapshot',
      { epochEnd: (_: unknown, run: RunContext) => run.finishWith({ epoch: 1 }) },
      'what snapshot() of this run gave',
    ],
    [
      'a snapshot of another run',
      {
        async runBegin(run: RunContext) {
          await fit(
            toyModel(),
            data,
            options({
              async runBegin(run: RunContext) {
                other = await run.snapshot();
              },
            }),
          );
          run.finishWith(other as never);
        },
      },
      'what snapshot() of this run gave',
    ],
    ['a snapshot when the run has ended', { runEnd: (_: unknown, run: RunContext) => run.snapshot() }, 'the run has ended'],
    ['a finish when the run has ended', { runEnd: (_: unknown, run: RunContext) => run.finishWith({ epoch: 1 }) }, 'the run has ended'],
  ])('%s', async (_, callback, message) => {
    const error = await rejection(fit(toyModel(), data, options(callback)));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
  });

  it('but a callback may hold functions of its own', async () => {
    expect((await fit(toyModel(), data, options({ draw() {}, epochEnd() {} }, callbacks.progress({ mode: 'silent' })))).epochs).toBe(3);
  });
});
