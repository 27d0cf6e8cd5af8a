/** Layers that prepare data: what they make of shapes and dtypes, how they are fitted, what they refuse. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { array, configure, info, loadWeights, type NDArray, nn, predict, predictSync, saveWeights, type Tensor } from '../../src/index.js';
import { adapt, type Blocks } from '../../src/nn/preprocess/adapt.js';
import { generator } from '../support/generator.js';
import { rejection, weights } from '../train/toy.js';

const NAN = Number.NaN;

/** Columns: a number far from 0, a category, one with holes, a constant. */
function table(rows: number, seed = 1): number[][] {
  const random = generator(seed);
  return Array.from({ length: rows }, () => [
    1e6 + random(),
    [2, 3, 7][Math.floor(random() * 3)]!,
    random() < 0.3 ? NAN : random() * 50,
    0.1,
  ]);
}

const mixed = () =>
  nn.sequential([
    nn.columns([
      { columns: [0, 3], apply: nn.standardize() },
      { columns: [1], apply: nn.oneHot() },
      { columns: [2], apply: nn.sequential([nn.impute({ strategy: 'median', indicator: true }), nn.minMax()]) },
    ]),
    nn.dense(3),
  ]);

const rowsOf = (x: NDArray) => x.toArray() as number[][];
const near = (expected: readonly number[]) => expected.map((value) => expect.closeTo(value, 6));

describe('shapes', () => {
  const images = array(
    Float32Array.from({ length: 2 * 3 * 3 * 2 }, (_, i) => (i % 2 === 0 ? i : 1000 - i * i)),
    { shape: [2, 3, 3, 2] },
  );
  const moments = (values: ArrayLike<number>) => {
    const list = Array.from(values);
    const mean = list.reduce((sum, x) => sum + x, 0) / list.length;
    return { mean, scale: Math.sqrt(list.reduce((sum, x) => sum + (x - mean) ** 2, 0) / list.length) };
  };

  it('images keep one mean for each channel', async () => {
    const layer = await nn.standardize().adapt(images);
    for (const channel of [0, 1]) {
      const expected = moments(images.data.filter((_, i) => i % 2 === channel));
      expect(layer.mean.value.data[channel]).toBeCloseTo(expected.mean, 9);
      expect(layer.scale.value.data[channel]).toBeCloseTo(expected.scale, 9);
    }
    expect((await predict(layer, images)).shape).toEqual([2, 3, 3, 2]);
  });

  it('axes choose others', async () => {
    const pixels = await nn.standardize({ axes: [1, 2] }).adapt(images);
    expect(pixels.mean.shape).toEqual([3, 3]);
    const ofPixel = (row: number, i: number) => images.data[row * 18 + 5 * 2 + i]!;
    expect(pixels.mean.value.data[5]).toBeCloseTo((ofPixel(0, 0) + ofPixel(0, 1) + ofPixel(1, 0) + ofPixel(1, 1)) / 4, 9);
    const all = await nn.minMax({ axes: [] }).adapt(images);
    expect(all.min.shape).toEqual([]);
    const made = (await predict(all, images)).data;
    expect([Math.min(...made), Math.max(...made)]).toEqual([0, 1]);
  });

  it('pixels stored as bytes become floats', async () => {
    const layer = await nn.minMax({ axes: [] }).adapt(array(new Uint8Array([0, 255, 51, 102]), { shape: [2, 2] }));
    expect([...predictSync(layer, array(new Uint8Array([0, 51, 255, 255]), { shape: [2, 2] })).data]).toEqual([0, Math.fround(0.2), 1, 1]);
  });

  it('sequences of categories keep their axes', async () => {
    const layer = await nn.oneHot().adapt(array(new Int32Array([5, 9, 9, 5]), { shape: [2, 2, 1] }));
    const made = predictSync(layer, array(new Int32Array([9, 5]), { shape: [1, 2, 1] }));
    expect(made.toArray()).toEqual([
      [
        [0, 1],
        [1, 0],
      ],
    ]);
  });
});

describe('precision', () => {
  it('f64 columns keep theirs in an f32 model, up to the layer that scales', async () => {
    const times = [[1.7e12], [1.7e12 + 1], [1.7e12 + 2], [NAN]];
    const model = nn.sequential([nn.impute(), nn.standardize(), nn.dense(1, { kernelInit: 'ones' })]);
    await model.adapt(times);
    const root = Math.sqrt(1 / 2);
    const made = [...predictSync(model, times).data];
    expect(made).toEqual(near([-1 / root, 0, 1 / root, 0]));
    expect(predictSync(model, times).dtype).toBe('f32');
  });

  it('f32 columns lose nothing to the mean', async () => {
    const x = array(Float32Array.from([1e8, 1e8 + 8, 1e8 + 8, 1e8 + 16, 1e8 + 24]), { shape: [5, 1] });
    const made = predictSync(await nn.standardize().adapt(x), x).data;
    const exact = [-11.2, -3.2, -3.2, 4.8, 12.8];
    const scale = Math.sqrt(exact.reduce((sum, d) => sum + d * d, 0) / 5);
    expect([...made]).toEqual(near(exact.map((d) => d / scale)));
  });

  it('categories beyond f32 are told apart in f64 columns', async () => {
    const ids = [[16777216], [16777217], [2 ** 40]];
    expect(predictSync(await nn.oneHot().adapt(ids), ids).toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  it.each(['f32', 'f64'] as const)('broken categories of f64 and f32 columns are the same: fitted in %s', async (dtype) => {
    const rows = [[0.1], [0.7]];
    const layer = await nn.oneHot().adapt(array(rows, { dtype }));
    for (const other of ['f32', 'f64'] as const) expect(rowsOf(predictSync(layer, array(rows, { dtype: other })))[1]).toEqual([0, 1]);
  });
});

describe('columns', () => {
  const x = [
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ];
  const double = (part: Tensor) => part.mul(2);

  it('come in the order of the groups, and may be used twice', () => {
    const layer = nn.columns([{ columns: [3, 0], apply: double }, { columns: [0, 1, 2] }]);
    expect(predictSync(layer, x).toArray()).toEqual([
      [8, 2, 1, 2, 3],
      [16, 10, 5, 6, 7],
    ]);
  });

  it('of no group are an error, left out or passed', () => {
    const groups = [{ columns: [2], apply: double }];
    expect(() => predictSync(nn.columns(groups), x)).toThrow(
      "nn.columns: the input must have a group for each feature (or rest: 'drop' or 'pass'): 0, 1, 3 are in none, found shape [2, 4]",
    );
    expect(predictSync(nn.columns(groups, { rest: 'drop' }), x).toArray()).toEqual([[6], [14]]);
    expect(predictSync(nn.columns(groups, { rest: 'pass' }), x).toArray()).toEqual([
      [6, 1, 2, 4],
      [14, 5, 6, 8],
    ]);
  });

  it('go through models of their own, which train', () => {
    const model = nn.columns([{ columns: [0, 1], apply: nn.sequential([nn.dense(3), nn.dense(2)]) }, { columns: [2, 3] }]);
    model.build([4]);
    expect([...model.parameters().keys()]).toEqual([
      'groups.0.apply.layers.0.weight',
      'groups.0.apply.layers.0.bias',
      'groups.0.apply.layers.1.weight',
      'groups.0.apply.layers.1.bias',
    ]);
    expect(predictSync(model, x).shape).toEqual([2, 4]);
  });

  it('are all fitted in one pass over the data', async () => {
    const model = (await mixed().adapt(table(200))).build([4]);
    expect([...model.variables()].filter(([path]) => path.startsWith('layers.0')).every(([, { initialized }]) => initialized)).toBe(true);
    expect([...model.state()['layers.0.groups.1.apply.categories']!.data]).toEqual([2, 3, 7]);
    expect([...model.state()['layers.0.groups.0.apply.scale']!.data][1]).toBe(1);
  });

  it('in a module of one’s own too', async () => {
    class Two extends nn.Module {
      readonly left = nn.standardize();
      readonly right = nn.minMax();
      forward(x: Tensor): Tensor {
        return this.left.call(x).add(this.right.call(this.left.call(x)));
      }
    }
    const model = await new Two().adapt([[1], [3]]);
    expect(predictSync(model, [[1], [3]]).toArray()).toEqual([[-1], [2]]);
  });
});

describe('state', () => {
  const x = table(150);

  it('goes through a file into a fresh model, which predicts the same bits', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slalom-preprocess-'));
    try {
      const model = (await mixed().adapt(x)).build([4], { seed: 3 });
      await saveWeights(model, join(folder, 'model.safetensors'));
      const fresh = mixed();
      await loadWeights(fresh, join(folder, 'model.safetensors'));
      expect(weights(fresh)).toEqual(weights(model));
      expect((await predict(fresh, x)).data).toEqual((await predict(model, x)).data);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is f64, and no parameter', async () => {
    const model = (await mixed().adapt(x)).build([4]);
    expect(model.state()['layers.0.groups.0.apply.mean']!.dtype).toBe('f64');
    expect([...model.parameters().keys()]).toEqual(['layers.1.weight', 'layers.1.bias']);
    expect(model.summary()).toMatch(/layers\.0\.groups\.0\.apply +Standardize +\[\*, 2\] +4/);
  });

  it('has the same bits for any number of threads', async () => {
    const { threads } = info();
    const wide = array(Float64Array.from({ length: 40_000 * 8 }, generator(5)), { shape: [40_000, 8] });
    const all: number[][] = [];
    try {
      for (const count of [1, 2, 3]) {
        configure({ threads: count });
        all.push(weights(await nn.sequential([nn.standardize(), nn.minMax(), nn.impute({ strategy: 'median' })]).adapt(wide)));
      }
    } finally {
      configure({ threads });
    }
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
  });

  it('before it is fitted is missing, and the error says what to do', async () => {
    const hint = 'has not been fitted to data yet: train with fit, call await model.adapt(x) with training data, or load weights';
    expect(() => mixed().state()).toThrow(`layers.0.groups.0.apply.mean: nn.standardize ${hint}`);
    const scaled = () => nn.sequential([nn.standardize(), nn.dense(2)]);
    for (const call of [async () => predict(scaled(), [[1, 2]]), async () => predictSync(scaled(), [[1, 2]])]) {
      const error = await rejection(call());
      expect([error.code, error.path, error.message]).toEqual(['STATE', 'layers.0.mean', `layers.0.mean: nn.standardize ${hint}`]);
    }
    expect((await rejection(predict(mixed(), x))).message).toBe(`layers.0.groups.1.apply: nn.oneHot ${hint}`);
    const built = scaled().build([2]);
    expect([built.built, built.layers.length]).toEqual([false, 2]);
  });

  it('is replaced by adapt', async () => {
    const model = await nn.sequential([nn.standardize()]).adapt([[1], [3]]);
    expect(predictSync(model, [[5]]).item()).toBe(3);
    await model.adapt([[10], [14]]);
    expect(predictSync(model, [[14]]).item()).toBe(1);
  });

  it('stays as it was if adapt fails', async () => {
    const model = nn.sequential([nn.impute(), nn.oneHot({ limit: 3 })]);
    await model.adapt([[1], [2], [NAN]]);
    const before = weights(model);
    const error = await rejection(model.adapt([[1], [2], [3], [4]]));
    expect(error.message).toBe(
      'model.adapt: nn.oneHot in layers.1 cannot be fitted: column 0 has more than 3 different numbers; is it one of categories? Standardize it, or raise limit',
    );
    expect(weights(model)).toEqual(before);
    const fresh = nn.sequential([nn.impute(), nn.oneHot({ limit: 3 })]);
    await rejection(fresh.adapt([[1], [2], [3], [4]]));
    expect([...fresh.variables().values()].some(({ initialized }) => initialized)).toBe(false);
  });

  it('cannot change its size', async () => {
    const model = (await nn.sequential([nn.oneHot(), nn.dense(2)]).adapt([[1], [2]])).build([1]);
    const error = await rejection(model.adapt([[1], [2], [3]]));
    expect([error.code, error.message]).toEqual([
      'STATE',
      'model.adapt: nn.oneHot in layers.0 was fitted before and cannot change its size: layers.0.categories has shape [2], these data need [3]. Make a new model.',
    ]);
    expect([...model.state()['layers.0.categories']!.data]).toEqual([1, 2]);
  });
});

describe('rows that come in parts', () => {
  const x = table(300);
  async function* parts() {
    for (const [begin, end] of [
      [0, 1],
      [1, 100],
      [100, 290],
      [290, 300],
    ] as const) {
      await Promise.resolve();
      yield array(x.slice(begin, end), { dtype: 'f64' });
    }
  }
  const fitInParts = (model: ReturnType<typeof mixed>, blocks: Blocks = parts) => adapt({ where: 'fit', model, blocks, refit: false });

  it('give the statistics of all of them', async () => {
    const [streamed, whole] = [mixed(), await mixed().adapt(x)];
    await fitInParts(streamed);
    for (const model of [streamed, whole]) model.build([4], { seed: 1 });
    const expected = whole.state();
    for (const [path, { data }] of Object.entries(streamed.state())) {
      expect([...data], path).toEqual([...expected[path]!.data].map((value) => expect.closeTo(value, 9)));
    }
  });

  it('are counted on in errors', async () => {
    const bad = async function* () {
      yield* parts();
      yield array([[1, Number.POSITIVE_INFINITY, 1, 1]], { dtype: 'f64' });
    };
    const model = mixed();
    expect(await rejection(fitInParts(model, bad))).toMatchObject({ code: 'DATA', row: 300, column: 1 });
    expect([...model.variables().values()].some(({ initialized }) => initialized)).toBe(false);
  });

  it('are given up when they are cancelled', async () => {
    const model = mixed();
    let asked = 0;
    const cancelled = () => ++asked === 3;
    expect(await adapt({ where: 'fit', model, blocks: parts, refit: false, cancelled })).toBeUndefined();
    expect([asked, model.built]).toEqual([3, false]);
  });
});

describe('one-hot', () => {
  it('refuses what it does not know, naming row and column', async () => {
    const layer = await nn.columns([{ columns: [1, 2], apply: nn.oneHot() }, { columns: [0] }]).adapt([
      [0, 1, 5],
      [0, 2, 6],
    ]);
    const bad = [
      [0, 1, 6],
      [0, 2, 7],
    ];
    for (const [where, call] of [
      ['predict', async () => predict(layer, bad)],
      ['predictSync', async () => predictSync(layer, bad)],
    ] as const) {
      const error = await rejection(call());
      expect([error.code, error.row, error.column, error.message]).toEqual([
        'DATA',
        1,
        2,
        `${where}: row 1, column 2 of x holds 7, which is none of its categories 5, 6; handleUnknown: 'ignore' takes such as zeros (nn.oneHot in groups.0.apply)`,
      ]);
    }
    expect(rowsOf(predictSync(layer, [[9, 2, 5]]))).toEqual([[0, 1, 1, 0, 9]]);
  });

  it('finds an unknown number in a later block', async () => {
    const layer = await nn.oneHot().adapt([[1], [2]]);
    const x = new Float32Array(600_000).fill(2);
    x[500_000] = 3;
    expect(await rejection(predict(layer, array(x, { shape: [600_000, 1] })))).toMatchObject({ row: 500_000, column: 0 });
  });

  it('lists a few of many categories', async () => {
    const layer = await nn.oneHot().adapt(Array.from({ length: 40 }, (_, i) => [i]));
    expect(() => predictSync(layer, [[-1]])).toThrow('categories 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … (40 in all);');
  });

  it('needs no data for categories that are given', async () => {
    const model = nn.sequential([nn.oneHot({ categories: [[3, 1], [0.5]] }), nn.dense(2)]).build([2]);
    expect(predictSync(nn.oneHot({ categories: [[3, 1], [0.5]] }), [[1, 0.5]]).toArray()).toEqual([[0, 1, 1]]);
    expect([...model.state()['layers.0.categories']!.data]).toEqual([3, 1, 0.5]);
    await model.adapt([[8, 8]]);
    expect([...model.state()['layers.0.categories']!.data]).toEqual([3, 1, 0.5]);
  });
});
