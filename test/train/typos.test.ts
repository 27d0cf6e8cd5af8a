/** Names that do not exist are errors that name the nearest one that does, wherever options are given. */

import { describe, expect, it } from 'vitest';
import {
  array,
  callbacks,
  compile,
  evaluate,
  findLearningRate,
  fit,
  losses,
  metrics,
  nn,
  OptionError,
  optim,
  predict,
} from '../../src/index.js';
import { rejection, toyData, toyModel } from './toy.js';

const data = toyData(10);
const base = () => ({ loss: losses.crossEntropy(), optimizer: optim.sgd() });

describe('an unknown option', () => {
  it.each<[string, (options: never) => unknown, string, string]>([
    ['fit', (o: object) => fit(toyModel(), data, { ...base(), ...o }), 'batchsize', 'batchSize'],
    ['fit', (o: object) => fit(toyModel(), data, { ...base(), ...o }), 'validationData', 'validation'],
    ['fit', (o: object) => fit(toyModel(), data, { ...base(), ...o }), 'clipNrom', 'clipNorm'],
    ['evaluate', (o) => evaluate(toyModel(), data, o), 'metric', 'metrics'],
    ['predict', (o) => predict(toyModel(), data.x, o), 'batch', 'batchSize'],
    ['findLearningRate', (o: object) => findLearningRate(toyModel(), data, { ...base(), ...o }), 'step', 'steps'],
    ['callbacks.earlyStopping', (o) => callbacks.earlyStopping(o), 'mindelta', 'minDelta'],
    ['callbacks.earlyStopping', (o) => callbacks.earlyStopping(o), 'restorebest', 'restoreBest'],
    ['callbacks.progress', (o) => callbacks.progress(o), 'mod', 'mode'],
    ['callbacks.lambda', (o) => callbacks.lambda(o), 'onEpochEnd', 'epochEnd'],
    ['nn.dense', (o) => nn.dense(3, o), 'activaton', 'activation'],
    ['losses.crossEntropy', (o) => losses.crossEntropy(o), 'labelSmooth', 'labelSmoothing'],
    ['metrics.topK', (o) => metrics.topK(o), 'K', 'k'],
    ['metrics.confusionMatrix', (o) => metrics.confusionMatrix(o), 'class', 'classes'],
    ['optim.sgd', (o) => optim.sgd(o), 'momentun', 'momentum'],
    ['optim.adamW', (o) => optim.adamW(o), 'weightdecay', 'weightDecay'],
    ['array', (o) => array([1], o), 'shap', 'shape'],
    ['compile', (o) => compile(() => 1 as never, o), 'mod', 'mode'],
    ['model.build', (o) => toyModel().build([4], o), 'sed', 'seed'],
  ])('of %s', async (where, call, given, meant) => {
    const error = await rejection((async () => call({ [given]: 1 } as never))());
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toBe(`${where}: unknown option ${JSON.stringify(given)}; did you mean ${JSON.stringify(meant)}?`);
    expect(error.stack!.split('\n')[1]).toContain('typos.test.ts');
  });
});

describe('an unknown choice', () => {
  it.each<[string, () => unknown, string]>([
    ['an activation', () => nn.dense(3, { activation: 'Relu' as never }), 'did you mean "relu"?'],
    ['a reduction', () => losses.mse({ reduction: 'average' as never }), 'reduction must be one of'],
    ['a reduction', () => losses.mse({ reduction: 'means' as never }), 'did you mean "mean"?'],
    ['a mode of the progress', () => callbacks.progress({ mode: 'line' as never }), 'did you mean "lines"?'],
    [
      'a mode of early stopping',
      () => callbacks.earlyStopping({ mode: 'maximum' as never }),
      'mode must be one of "min", "max", found "maximum"',
    ],
    ['a dtype', () => array([1], { dtype: 'f23' as never }), 'did you mean "f32"?'],
    ['a dtype of a model', () => toyModel().build([4], { dtype: 'float32' as never }), 'dtype must be one of "f32", "f64"'],
  ])('of %s', (_, call, message) => {
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });
});

describe('options that are no object', () => {
  it.each([null, 3, 'fast', [1]])('%s', async (options) => {
    for (const call of [() => fit(toyModel(), data, options as never), () => evaluate(toyModel(), data, options as never)]) {
      expect((await rejection((async () => call())())).message).toMatch(/options must be an object, found/);
    }
  });
});
