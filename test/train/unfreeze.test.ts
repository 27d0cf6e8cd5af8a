/** Layers that are frozen, and trained from an epoch on. */

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Callback, callbacks, compile, fit, losses, type Model, nn, type Optimizer, optim, type Tensor } from '../../src/index.js';
import { deepModel, rejection, savesUntil, toyData, weights } from './toy.js';

const data = toyData(50);
const options = (list: readonly Callback[], optimizer: Optimizer = optim.adam({ lr: 0.01 })) => ({
  loss: losses.crossEntropy(),
  optimizer,
  epochs: 6,
  batchSize: 16,
  seed: 7,
  callbacks: list,
});
const gradually = () =>
  callbacks.unfreeze({
    schedule: [
      { epoch: 3, layers: 'layers.2' },
      { epoch: 5, layers: ['layers.0'] },
    ],
  });
const changed = (before: ReturnType<Model['state']>, after: ReturnType<Model['state']>) =>
  Object.keys(after).filter((path) => !after[path]!.data.every((value, i) => value === before[path]!.data[i]));

describe('callbacks.unfreeze', () => {
  it('trains layers from their epoch on', async () => {
    const model = deepModel();
    const moved: string[][] = [];
    let before: ReturnType<Model['state']>;
    await fit(model, data, options([gradually()]));
    // Epoch by epoch: runs of each length, from the same first weights.
    for (let epochs = 1; epochs <= 6; epochs++) {
      const part = deepModel();
      await fit(part, data, { ...options([gradually()]), epochs });
      const after = part.state();
      if (epochs > 1) moved.push(changed(before!, after));
      before = after;
    }
    const [head, middle, first] = ['layers.3', 'layers.2', 'layers.0'].map((layer) => [`${layer}.weight`, `${layer}.bias`]) as [
      string[],
      string[],
      string[],
    ];
    expect(moved).toEqual([
      head,
      [...middle, ...head],
      [...middle, ...head],
      [...first, ...middle, ...head],
      [...first, ...middle, ...head],
    ]);
    expect(weights(model)).toEqual(Object.values(before!).flatMap((value) => Array.from(value.data)));
  });

  it.each<[string, () => Optimizer]>([
    ['sgd', () => optim.sgd({ lr: 0.1, momentum: 0.9 })],
    ['adam', () => optim.adam({ lr: 0.01 })],
  ])('goes on in a run that is resumed, to the bit: %s', async (_, optimizer) => {
    const train = async (directory: string | undefined, stop: number) => {
      const model = deepModel();
      await fit(model, data, {
        ...options([gradually(), savesUntil(stop, directory)], optimizer()),
        ...(directory && { resume: directory }),
      });
      return weights(model);
    };
    const whole = await train(undefined, -1);
    const directory = mkdtempSync(join(tmpdir(), 'slalom-unfreeze-'));
    // Four steps an epoch; layers join after steps 8 and 16.
    for (const stop of [3, 8, 9, 15, 16, 22]) await train(directory, stop);
    expect(await train(directory, -1)).toEqual(whole);
  });

  it('is two runs of one optimizer in one, to the bit', async () => {
    const order = { shuffle: false, epochs: 2 };
    const plain = () => nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(3)]);
    const model = plain();
    await fit(model, data, { ...options([callbacks.unfreeze({ schedule: [{ epoch: 3, layers: 'layers.0' }] })]), ...order, epochs: 4 });
    const other = plain().freeze('layers.0');
    const optimizer = optim.adam({ lr: 0.01 });
    await fit(other, data, { ...options([], optimizer), ...order });
    await fit(other.unfreeze('layers.0'), data, { ...options([], optimizer), ...order });
    expect(weights(model)).toEqual(weights(other));
  });

  it('works beside validation, best weights and a model that is used meanwhile', async () => {
    const model = deepModel();
    const history = await fit(model, data, {
      ...options([gradually(), callbacks.earlyStopping({ patience: 10, restoreBest: true })]),
      validation: data,
      publish: 'epoch',
    });
    expect(history.epochs).toBe(6);
    expect(history.validation!.loss.at(-1)).toBeLessThan(history.validation!.loss[0]!);
  });

  it('lets an abort through at the moment of the change', async () => {
    const model = deepModel();
    const controller = new AbortController();
    const aborts: Callback = { epochBegin: (epoch) => epoch === 3 && void Promise.resolve().then(() => controller.abort()) };
    const history = await fit(model, data, { ...options([gradually(), aborts]), signal: controller.signal });
    expect(history).toMatchObject({ stopReason: 'aborted', epochs: 2, steps: 8 });
    expect((await fit(model, data, options([]))).epochs).toBe(6);
  });

  it.each<[string, unknown, string]>([
    ['no schedule', {}, 'schedule must be a list of { epoch, layers }'],
    ['an empty one', { schedule: [] }, 'schedule must be a list of { epoch, layers }'],
    ['epoch 0', { schedule: [{ epoch: 0, layers: 'layers.0' }] }, 'the epoch from 1'],
    ['layers that are no text', { schedule: [{ epoch: 2, layers: 0 }] }, 'a path or several'],
    ['unknown names', { schedule: [{ epoch: 2, layer: 'layers.0' }] }, 'schedule must be'],
  ])('refuses %s', (_, given, message) => {
    expect(() => callbacks.unfreeze(given as never)).toThrow(message);
  });

  it('refuses a path that is not there before the first step, and a model without anything to train', async () => {
    const model = deepModel();
    const missing = callbacks.unfreeze({ schedule: [{ epoch: 2, layers: ['layers.0', 'layer.2'] }] });
    const error = await rejection(fit(model, data, options([missing])));
    expect(error).toMatchObject({ code: 'OPTION' });
    expect(error.message).toContain('there is no parameter at or below "layer.2"; did you mean "layers.2"?');
    const all = callbacks.unfreeze({ schedule: [{ epoch: 2, layers: 'layers' }] });
    expect((await rejection(fit(model, data, options([all])))).message).toContain('there is no trainable parameter');
    expect([...model.parameters().values()].every(({ trainable, initialized }) => trainable && !initialized)).toBe(true);
  });
});

describe('a layer that a callback freezes', () => {
  it('stays as it is from then on; what the optimizer keeps of the others goes on to the bit', async () => {
    const optimizer = optim.adam({ lr: 0.01 });
    const model = nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(3)]);
    const freezes: Callback = { epochEnd: ({ epoch }) => epoch === 2 && void model.freeze('layers.0.weight') };
    const order = { shuffle: false };
    await fit(model, data, { ...options([freezes], optimizer), ...order, epochs: 4 });
    // The same in two runs.
    const other = nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(3)]);
    const second = optim.adam({ lr: 0.01 });
    await fit(other, data, { ...options([], second), ...order, epochs: 2 });
    const then = other.state();
    expect(changed(then, model.state())).not.toContain('layers.0.weight');
    const [before] = second.groups;
    const slots = Object.fromEntries(Object.entries(before!.slots).map(([name, slot]) => [name, Array.from(slot.value.data)]));
    other.freeze('layers.0.weight');
    // A run of no step: programs are traced for what is trained now.
    await fit(other, data, { ...options([{ runBegin: (run) => run.stop('there') }], second), ...order });
    const [after] = second.groups;
    expect(after!.parameters.map(({ path }) => path)).toEqual(['layers.0.bias', 'layers.1.weight', 'layers.1.bias']);
    // 4 · 8 weights are gone from the front; the others lie as they lay, at the same distances.
    for (const [name, slot] of Object.entries(after!.slots)) expect(Array.from(slot.value.data)).toEqual(slots[name]!.slice(32));
    await fit(other, data, { ...options([], second), ...order, epochs: 2 });
    expect(weights(other)).toEqual(weights(model));
  });

  it('ends the run if nothing is left, and the state is intact', async () => {
    const model = deepModel();
    const optimizer = optim.sgd({ lr: 0.1, momentum: 0.9 });
    const freezes: Callback = { epochEnd: () => void model.freeze() };
    const error = await rejection(fit(model, data, options([freezes], optimizer)));
    expect(error).toMatchObject({ code: 'STATE' });
    expect(error.message).toContain('there is no trainable parameter');
    const same = deepModel();
    await fit(same, data, { ...options([], optim.sgd({ lr: 0.1, momentum: 0.9 })), epochs: 1 });
    expect(weights(model)).toEqual(weights(same));
    model.unfreeze();
    expect((await fit(model, data, options([], optimizer))).epochs).toBe(6);
  });
});

describe('a loop of one’s own', () => {
  it('may freeze and unfreeze between steps', () => {
    const run = (freezes: boolean) => {
      const model = nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(3)]).build([4], { seed: 1 });
      const optimizer = optim.adam({ lr: 0.1 });
      const step = compile((x: Tensor, y: Tensor) => {
        const loss = losses.crossEntropy()(model.call(x), y);
        optimizer.apply(loss, model.parameters());
        return loss;
      });
      const states = [model.state()];
      for (let i = 0; i < 6; i++) {
        if (freezes && i === 2) model.freeze('layers.0');
        if (freezes && i === 4) model.unfreeze('layers.0');
        step.sync(data.x, data.y);
        states.push(model.state());
      }
      return { states, moved: states.slice(1).map((state, i) => changed(states[i]!, state).length), groups: optimizer.groups };
    };
    const [plain, frozen] = [run(false), run(true)];
    expect(plain.moved).toEqual([4, 4, 4, 4, 4, 4]);
    expect(frozen.moved).toEqual([4, 4, 2, 2, 4, 4]);
    expect(changed(plain.states[2]!, frozen.states[2]!)).toEqual([]);
    // The second group counts its steps from the one before it joined.
    expect(frozen.groups.map(({ id, begun }) => [id, begun?.value.item()])).toEqual([
      [0, undefined],
      [1, 4],
    ]);
  });

  it('must name what it has trained, if only frozen', () => {
    const model = nn.sequential([nn.dense(8), nn.dense(3)]).build([4]);
    const optimizer = optim.sgd();
    const step = (parameters: () => Iterable<nn.Parameter>) =>
      compile((x: Tensor) => optimizer.apply(model.call(x).mean(), parameters())).sync(data.x);
    step(() => model.parameters().values());
    expect(() => step(() => (model.layers[1] as nn.Dense).parameters().values())).toThrow('already trains other parameters of this model');
  });
});

describe('the program', () => {
  it('has no gradient of frozen layers', () => {
    const kernels = (frozen: readonly string[]) => {
      const model = nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(6, { activation: 'tanh' }), nn.dense(3)]).build([4]);
      for (const path of frozen) model.freeze(path);
      const optimizer = optim.sgd();
      const step = compile((x: Tensor, y: Tensor) => {
        const loss = losses.crossEntropy()(model.call(x), y);
        optimizer.apply(loss, model.parameters());
        return loss;
      });
      step.sync(data.x, data.y);
      return step.toString().match(/\bmatmul\b/g)!.length;
    };
    // Three products forward; two for the gradients of each layer, but one of the first, whose input has none.
    expect(kernels([])).toBe(3 + 5);
    expect(kernels(['layers.0'])).toBe(3 + 3);
    expect(kernels(['layers.0', 'layers.1'])).toBe(3 + 1);
    expect(kernels(['layers.2'])).toBe(3 + 4);
  });
});
