/** What the compiler tells users before anything runs. */

import { describe, expectTypeOf, it } from 'vitest';
import {
  array,
  type Callback,
  compile,
  dataset,
  evaluate,
  type FitOptions,
  fit,
  grad,
  type History,
  losses,
  metrics,
  type NDArray,
  nn,
  optim,
  predict,
  predictSync,
  type Tensor,
} from '../../src/index.js';

const model = nn.sequential([nn.dense(3)]);
const data = { x: [[1, 2]], y: [0] };
const common = { loss: losses.crossEntropy(), optimizer: optim.adam() };

describe('fit', () => {
  it('types the history by the metrics', async () => {
    const history = await fit(model, data, { ...common, metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 3 })] });
    expectTypeOf(history.loss).toEqualTypeOf<readonly number[]>();
    expectTypeOf(history.metrics.accuracy).toEqualTypeOf<readonly number[]>();
    expectTypeOf(history.metrics.confusionMatrix[0]!).toExtend<readonly (readonly number[])[]>();
    // @ts-expect-error: not among the metrics
    history.metrics.rmse;
  });

  it('is awaited and iterated', async () => {
    const run = fit(model, data, common);
    for await (const epoch of run) expectTypeOf(epoch.loss).toBeNumber();
    for await (const batch of run.batches()) expectTypeOf(batch.step).toBeNumber();
    expectTypeOf(await run).toExtend<History>();
  });

  it('refuses wrong options', () => {
    // @ts-expect-error: an unknown name
    fit(model, data, { ...common, epoch: 3 } satisfies FitOptions);
    // @ts-expect-error: a wrong type
    fit(model, data, { ...common, epochs: '3' });
    // @ts-expect-error: no optimizer
    fit(model, data, { loss: losses.mse() });
    // @ts-expect-error: no targets
    fit(model, { x: [[1]] }, common);
  });

  it('hands typed events to callbacks', () => {
    fit(model, data, {
      ...common,
      metrics: [metrics.accuracy()],
      onEpoch: ({ epoch, metrics: { accuracy } }) => {
        expectTypeOf(epoch).toBeNumber();
        expectTypeOf(accuracy).toBeNumber();
      },
    });
    expectTypeOf<{ epochEnd(): Promise<void> }>().toExtend<Callback>();
  });
});

describe('layers and optimizers', () => {
  it('know their options', () => {
    nn.dense(3, { activation: 'gelu', kernelInit: nn.init.normal(0, 0.1) });
    // @ts-expect-error: no such activation
    nn.dense(3, { activation: 'rellu' });
    // @ts-expect-error: no such option
    nn.dense(3, { bias: false });
    // @ts-expect-error: a width is a number
    nn.dense('3');
    // @ts-expect-error: no such option
    optim.adam({ beta1: 0.9 });
    // @ts-expect-error: labels or probabilities
    losses.crossEntropy({ labelSmoothing: true });
  });
});

describe('tensors', () => {
  it('go through compiled functions as trees', async () => {
    const f = compile((x: Tensor, { w }: { w: Tensor }) => ({ y: x.matmul(w), parts: [x, w] as const }));
    const x = array([[1]]);
    const { y, parts } = f.sync(x, { w: x });
    expectTypeOf(y).toEqualTypeOf<NDArray>();
    expectTypeOf(parts[1]).toEqualTypeOf<NDArray>();
    expectTypeOf((await f(x, { w: x })).y).toEqualTypeOf<NDArray>();
    // @ts-expect-error: an argument too few
    f.sync(x);
  });

  it('have gradients of the shape of what they are taken by', () => {
    compile((x: Tensor, w: Tensor) => {
      expectTypeOf(grad(x.sum(), x)).toEqualTypeOf<Tensor>();
      expectTypeOf(grad(x.sum(), [x, w])).toExtend<readonly Tensor[]>();
      // @ts-expect-error: a number has no gradient
      grad(3, x);
      return x;
    });
  });
});

it('predictions and scores', async () => {
  expectTypeOf(await predict(model, data.x)).toEqualTypeOf<NDArray>();
  expectTypeOf(predictSync(model, data.x)).toEqualTypeOf<NDArray>();
  const scores = await evaluate(model, data, { loss: losses.crossEntropy(), metrics: [metrics.accuracy()] });
  expectTypeOf(scores.loss).toBeNumber();
  expectTypeOf(scores.accuracy).toBeNumber();
});

describe('dataset', () => {
  it('knows its rows', async () => {
    const records = dataset(() => [{ a: '1', label: 0 }]);
    const rows = records.map(async (record) => ({ x: [Number(record.a)], y: record.label }));
    for await (const row of rows) expectTypeOf(row).toEqualTypeOf<{ x: number[]; y: number }>();
    for await (const row of dataset(() => [[{ a: 1 }]])) expectTypeOf(row).toEqualTypeOf<{ a: number }>();
    for await (const { x } of rows.batch(4)) expectTypeOf(x).toEqualTypeOf<NDArray>();
    const [train, held] = rows.split(0.8);
    fit(model, train, { ...common, validation: held });
    fit(model, () => records, { ...common, stepsPerEpoch: 3 });
    // @ts-expect-error: a misspelt option
    rows.shuffle({ sed: 1 });
    // @ts-expect-error: an array of rows has to become a dataset
    fit(model, [{ x: 1, y: 2 }], common);
  });
});
