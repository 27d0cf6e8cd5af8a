/** What metrics refuse: options when they are made, shapes and names when a run begins. */

import { describe, expect, it } from 'vitest';
import { array, evaluate, type MetricLike, metrics, nn, OptionError, type Tensor } from '../../src/index.js';
import { rejection, toyData, toyModel } from '../train/toy.js';

const ALL = {
  accuracy: metrics.accuracy,
  binaryAccuracy: metrics.binaryAccuracy,
  topK: metrics.topK,
  mae: metrics.mae,
  rmse: metrics.rmse,
  r2: metrics.r2,
};
const { x, y } = toyData(10);
const column = array(new Float32Array(10), { shape: [10, 1] });
const measure = (metric: unknown, data: unknown = { x, y }, model = toyModel()) =>
  rejection(evaluate(model, data as never, { metrics: [metric as MetricLike] }));

describe.each(Object.entries(ALL))('metrics.%s', (name, make) => {
  it.each<[string, unknown, string]>([
    ['unknown options', { nmae: 'x' }, 'unknown option "nmae"; did you mean "name"?'],
    ['names that are none', { name: 3 }, 'name must be a string, found 3'],
    ['a number', 3, 'options must be an object, found 3'],
  ])('refuses %s', (_, options, message) => {
    const call = () => make(options as never);
    expect(call).toThrow(OptionError);
    expect(call).toThrow(`metrics.${name}: ${message}`);
  });

  it('refuses targets of another shape', async () => {
    const error = await measure(make(), { x, y: array(new Float32Array(20), { shape: [10, 2] }) });
    expect(error).toMatchObject({ name: 'ShapeError', code: 'SHAPE', op: `metrics.${name}` });
    expect(error.message).toContain('the prediction is f32[10, 3] and the target f32[10, 2]');
  });

  it('says so when it was not called first', async () => {
    const error = await measure(make);
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toContain(`metrics.${name}: options must be an object, found a Tensor; call metrics.${name}() first`);
  });
});

describe('options of one metric', () => {
  it.each<[string, () => unknown, string]>([
    ['a k of 0', () => metrics.topK({ k: 0 }), 'k must be a whole number of 1 or more, found 0'],
    ['a threshold of 1', () => metrics.binaryAccuracy({ threshold: 1 }), 'threshold must be a number above 0 and below 1, found 1'],
    ['no classes', () => metrics.confusionMatrix({ classes: 0 }), 'classes must be a whole number of 2 or more, found 0'],
    ['no options where classes are needed', () => metrics.confusionMatrix(undefined as never), 'classes must be a whole number'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });

  it('classes that the predictions do not have', async () => {
    expect((await measure(metrics.confusionMatrix({ classes: 4 }))).message).toMatch(/metrics.confusionMatrix.*3.*4|4.*3/);
  });
});

describe('predictions of another kind', () => {
  const single = () => nn.sequential([nn.dense(1)]);

  it.each<[string, MetricLike]>([
    ['accuracy', metrics.accuracy()],
    ['topK', metrics.topK()],
  ])('a single score has no %s, and the error names the metric that it has', async (_, metric) => {
    expect((await measure(metric, { x, y: column }, single())).message).toContain('metrics.binaryAccuracy() is for a single score');
  });
});

describe('labels', () => {
  it.each<[string, MetricLike]>([
    ['accuracy', metrics.accuracy()],
    ['topK', metrics.topK({ k: 2 })],
    ['confusionMatrix', metrics.confusionMatrix({ classes: 3 })],
  ])('out of range are refused for %s alone', async (_, metric) => {
    const labels = Int32Array.from(y.data as Int32Array);
    labels[6] = 3;
    const error = await measure(metric, { x, y: labels });
    expect(error).toMatchObject({ name: 'DataError', row: 6 });
    expect(error.message).toContain('expected a whole number from 0 to 2');
  });
});

describe('metrics of one’s own', () => {
  it.each<[string, unknown, string]>([
    ['without a name', (p: Tensor) => p.mean(), 'a function without a name cannot be reported'],
    ['that are objects of something else', { name: 'x' }, 'metrics'],
    ['that are text', 'accuracy', 'metrics'],
    ['that are null', null, 'metrics'],
  ])('%s', async (_, metric, message) => {
    const error = await measure(metric);
    expect(error).toBeInstanceOf(OptionError);
    expect(error.message).toContain(message);
  });

  it('that give no tensor', async () => {
    for (const update of [() => [3], () => 3, () => undefined]) {
      const error = await measure({ name: 'broken', update, finalize: () => 0 });
      expect(error).toBeInstanceOf(OptionError);
      expect(error.message).toContain('the metric broken: update() must return an array of tensors');
    }
  });
});
