/** What the compiler tells users of the functions that train many models. */

import { describe, expectTypeOf, it } from 'vitest';
import {
  type Batch,
  bootstrap,
  crossValidate,
  type Dataset,
  dataset,
  gridSearch,
  learningCurve,
  losses,
  metrics,
  type NDArray,
  nn,
  optim,
  randomSearch,
  type Summary,
  space,
  validationCurve,
} from '../../src/index.js';

const data = { x: [[1, 2]], y: [0] };
const model = () => nn.sequential([nn.dense(3)]);
const common = { fit: () => ({ loss: losses.crossEntropy(), optimizer: optim.adam() }), metrics: [metrics.accuracy()] as const };

describe('crossValidate', () => {
  it('types the scores by the metrics', async () => {
    const { scores, folds, predictions } = await crossValidate(model, data, common);
    expectTypeOf(scores.accuracy).toEqualTypeOf<Summary<number>>();
    expectTypeOf(scores.loss.mean).toBeNumber();
    expectTypeOf(folds[0]!.scores.accuracy).toBeNumber();
    expectTypeOf(predictions).toEqualTypeOf<NDArray | undefined>();
    // @ts-expect-error: not among the metrics
    scores.f1;
  });

  it('gives fit what it was given: columns, or a dataset', async () => {
    await crossValidate(model, data, {
      fit: ({ train }) => {
        expectTypeOf(train.x).toEqualTypeOf<NDArray>();
        return common.fit();
      },
    });
    const rows = dataset([{ x: [1, 2], y: 0, id: 'a' }]);
    const { scores } = await crossValidate(
      ({ test }) => {
        expectTypeOf(test).toEqualTypeOf(rows);
        return model();
      },
      rows,
      { ...common, fit: ({ train, test }) => ({ ...common.fit(), validation: test, epochs: train.size ?? 1 }) },
    );
    expectTypeOf(scores.accuracy).toEqualTypeOf<Summary<number>>();
    const grid = { ...common, grid: { lr: [1, 2] } };
    const { best } = await gridSearch(model, rows.batch(4), {
      ...grid,
      fit: ({ lr }, { train, test }) => {
        expectTypeOf(lr).toBeNumber();
        expectTypeOf(train).toEqualTypeOf<Dataset<Batch>>();
        expectTypeOf(test).toEqualTypeOf<Dataset<Batch> | undefined>();
        return common.fit();
      },
    });
    expectTypeOf(best.scores!.accuracy.mean).toBeNumber();
    // @ts-expect-error: a stream
    crossValidate(model, async function* () {}, common);
  });

  it('refuses wrong options', () => {
    // @ts-expect-error: no fit
    crossValidate(model, data, {});
    // @ts-expect-error: a model instead of a function
    crossValidate(model(), data, common);
    // @ts-expect-error: no optimizer
    crossValidate(model, data, { fit: () => ({ loss: losses.mse() }) });
  });
});

it('curves are typed by what varies', async () => {
  const { points } = await learningCurve(model, data, common);
  expectTypeOf(points[0]!.value).toBeNumber();
  expectTypeOf(points[0]!.train.accuracy.std).toBeNumber();
  const varied = await validationCurve((units) => nn.sequential([nn.dense(units)]), data, { ...common, values: [1, 2] });
  expectTypeOf(varied.points[0]!.value).toBeNumber();
});

describe('searches', () => {
  it('type the parameters by the grid', async () => {
    const { best } = await gridSearch(({ units }) => nn.sequential([nn.dense(units)]), data, {
      ...common,
      grid: { units: [1, 2], name: ['a', 'b'] },
      fit: ({ name, units }) => {
        expectTypeOf(name).toEqualTypeOf<'a' | 'b'>();
        expectTypeOf(units).toEqualTypeOf<1 | 2>();
        return common.fit();
      },
    });
    expectTypeOf(best.parameters.name).toEqualTypeOf<'a' | 'b'>();
    expectTypeOf(best.scores!.accuracy.mean).toBeNumber();
  });

  it('type the parameters by the space', async () => {
    const { best } = await randomSearch(model, data, {
      ...common,
      space: { units: space.integer(1, 9), lr: space.logUniform(1e-3, 1), act: space.choice('relu', 'tanh'), fixed: 3 },
      fit: ({ lr, act }) => {
        expectTypeOf(lr).toBeNumber();
        expectTypeOf(act).toEqualTypeOf<'relu' | 'tanh'>();
        return common.fit();
      },
    });
    expectTypeOf(best.parameters.fixed).toEqualTypeOf<3>();
  });
});

it('bootstrap gives numbers', async () => {
  const { value, values } = await bootstrap(metrics.accuracy(), [[1, 2]], [0]);
  expectTypeOf(value).toBeNumber();
  expectTypeOf(values).toEqualTypeOf<Float64Array>();
});
