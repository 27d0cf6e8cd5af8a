/** What optimizers refuse. */

import { describe, expect, it } from 'vitest';
import { array, compile, fit, losses, nn, OptionError, optim, SlalomError, type Tensor, variable } from '../../src/index.js';
import { rejection, toyData, toyModel } from '../train/toy.js';

const ALL = { sgd: optim.sgd, adam: optim.adam, adamW: optim.adamW, rmsprop: optim.rmsprop };

describe.each(Object.entries(ALL))('optim.%s', (name, make) => {
  it.each<[string, unknown, string]>([
    ['unknown options', { learningRate: 0.1 }, 'unknown option "learningRate"'],
    ['rates below 0', { lr: -0.1 }, 'lr must be a number of 0 or more'],
    ['rates that are NaN', { lr: Number.NaN }, 'lr must be a number of 0 or more'],
    ['rates that f32 cannot hold', { lr: 1e39 }, 'lr must be a number of 0 or more that f32 can hold'],
    ['rates as text', { lr: '1e-3' }, 'lr must be a number of 0 or more'],
    ['negative decay', { weightDecay: -1 }, 'weightDecay must be a number of 0 or more, found -1'],
    ['a rate in place of options', 0.1, 'options must be an object, found 0.1'],
  ])('refuses %s', (_, options, message) => {
    const call = () => make(options as never);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(`optim.${name}: ${message}`);
  });

  it('refuses such a rate later, too, and keeps the one it has', () => {
    const optimizer = make({ lr: 0.5 });
    expect(() => Object.assign(optimizer, { lr: -1 })).toThrow(OptionError);
    expect(optimizer.lr).toBe(0.5);
  });

  it('says so when it was not called first', async () => {
    const error = await rejection(fit(toyModel(), toyData(10), { loss: losses.crossEntropy(), optimizer: make as never }));
    expect(error.message).toContain('optimizer must be an optimizer: optim.…, found the function');
  });
});

describe('options of one optimizer', () => {
  it.each<[string, () => unknown, string]>([
    [
      'a momentum of 1',
      () => optim.sgd({ momentum: 1 }),
      'momentum must be a number from 0 and below 1, or a schedule: schedules.… or a function of the step, found 1',
    ],
    ['Nesterov without momentum', () => optim.sgd({ nesterov: true }), 'nesterov needs a momentum above 0'],
    ['one beta', () => optim.adam({ betas: [0.9] as never }), 'betas'],
    ['a beta of 1', () => optim.adam({ betas: [0.9, 1] }), 'betas'],
    [
      'a second beta by a schedule',
      () => optim.adam({ betas: [0.9, () => 0.9] as never }),
      'two numbers from 0 and below 1; the first may',
    ],
    ['an eps of 0', () => optim.adam({ eps: 0 }), 'eps must be a number above 0, found 0'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });
});

describe('apply', () => {
  const model = () => nn.sequential([nn.dense(2)]).build([4], { seed: 1 });
  const x = array([[1, 2, 3, 4]]);

  it.each<[string, (m: ReturnType<typeof model>, loss: Tensor) => void, string]>([
    ['a loss that is no scalar', (m, loss) => optim.sgd().apply(loss, m.parameters()), 'must be a scalar, found f32[1, 2]'],
    ['no parameters', (_, loss) => optim.sgd().apply(loss.mean(), []), 'there is no trainable parameter'],
    [
      'parameters that were forgotten',
      (_, loss) => optim.sgd().apply(loss.mean(), undefined as never),
      'a list of parameters, found undefined',
    ],
    [
      'the model in their place',
      (m, loss) => optim.sgd().apply(loss.mean(), m as never),
      'expected model.parameters() or a list of parameters, found a Sequential',
    ],
    ['variables among them', (_, loss) => optim.sgd().apply(loss.mean(), [variable([1])] as never), 'found a Variable at 0'],
    [
      'two kinds of clipping',
      (m, loss) => optim.sgd().apply(loss.mean(), m.parameters(), { clipNorm: 1, clipValue: 1 }),
      'clipNorm and clipValue exclude each other',
    ],
    ['clipping to 0', (m, loss) => optim.sgd().apply(loss.mean(), m.parameters(), { clipNorm: 0 }), 'clipNorm must be a number above 0'],
    ['a schedule', (m, loss) => optim.sgd({ lr: (step) => 1 / (step + 1) }).apply(loss.mean(), m.parameters()), 'a schedule is for fit'],
  ])('refuses %s', (_, use, message) => {
    const m = model();
    const before = m.state();
    const call = () => compile((input: Tensor) => use(m, m.call(input))).sync(x);
    expect(call).toThrow(SlalomError);
    expect(call).toThrow(message);
    for (const [path, value] of Object.entries(m.state())) expect(value.data).toEqual(before[path]!.data);
  });

  it('refuses the parameters of another model', () => {
    const optimizer = optim.sgd();
    const step = (m: ReturnType<typeof model>) => compile((input: Tensor) => optimizer.apply(m.call(input).mean(), m.parameters())).sync(x);
    step(model());
    expect(() => step(model())).toThrow(/already trains the parameters of another model/);
  });
});
