/** Models: paths, shapes, state, freezing, layers of one's own, the summary. */

import { describe, expect, it } from 'vitest';
import { array, compile, nn, predictSync, SlalomError, type Tensor } from '../../src/index.js';
import { weights } from '../train/toy.js';

const mlp = () => nn.sequential([nn.dense(8, { activation: 'relu' }), nn.dropout(0.5), nn.dense(3)]);

class Residual extends nn.Module {
  readonly norm = nn.dense(4);
  readonly parts = { wide: [nn.dense(16, { activation: 'tanh' }), nn.dense(4)] };

  forward(x: Tensor): Tensor {
    return this.parts.wide.reduce((h, layer) => layer.call(h), x).add(this.norm.call(x));
  }
}

describe('parameters', () => {
  it('are named by the fields that hold them', () => {
    expect([...mlp().build([4]).parameters().keys()]).toEqual(['layers.0.weight', 'layers.0.bias', 'layers.2.weight', 'layers.2.bias']);
    expect([...new Residual().build([4]).parameters().keys()]).toEqual([
      'norm.weight',
      'norm.bias',
      'parts.wide.0.weight',
      'parts.wide.0.bias',
      'parts.wide.1.weight',
      'parts.wide.1.bias',
    ]);
  });

  it('take their shapes from the input', () => {
    const shapes = [...mlp().build([4]).parameters().values()].map(({ shape }) => shape);
    expect(shapes).toEqual([[4, 8], [8], [8, 3], [3]]);
  });

  it('have values that depend on seed and path alone', () => {
    const values = (seed: number) => weights(mlp().build([4], { seed }));
    expect(values(1)).toEqual(values(1));
    expect(values(1)).not.toEqual(values(2));
    const alone = new Residual().build([4], { seed: 5 }).state()['norm.weight']!;
    const other = new (class extends nn.Module {
      readonly norm = nn.dense(4);
      forward(x: Tensor) {
        return this.norm.call(x);
      }
    })().build([4], { seed: 5 });
    expect(other.state()['norm.weight']!.data).toEqual(alone.data);
  });

  it('can be f64', () => {
    const model = mlp().build([4], { dtype: 'f64' });
    expect([...model.parameters().values()].every(({ dtype }) => dtype === 'f64')).toBe(true);
    expect(predictSync(model, [[1, 2, 3, 4]]).dtype).toBe('f64');
    expect(() => {
      model.dtype = 'f32';
    }).toThrow('the dtype of a model cannot change once it has values');
  });

  it('that a layer holds twice count once', () => {
    const shared = nn.dense(4);
    const model = nn.sequential([shared, shared]).build([4], { seed: 1 });
    expect([...model.parameters().keys()]).toEqual(['layers.0.weight', 'layers.0.bias']);
    const once = nn.sequential([shared]);
    const x = array(new Float32Array([1, 2, 3, 4]), { shape: [1, 4] });
    expect(predictSync(model, x).toArray()).toEqual(predictSync(once, predictSync(once, x)).toArray());
  });
});

describe('state', () => {
  it('of hundreds of thousands of unknown names is refused at once, with a short list', () => {
    const state = Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`unknown.${i}`, array(0)]));
    const lines = (() => {
      try {
        mlp().build([4]).load(state);
      } catch (error) {
        return (error as Error).message.split('\n');
      }
      return [];
    })();
    expect(lines.length).toBe(22);
    expect(lines.at(-1)).toMatch(/^ {2}and \d+ more$/);
  });

  it('goes from model to model', () => {
    const [from, to] = [mlp().build([4], { seed: 1 }), mlp()];
    to.load(from.state());
    expect(weights(to)).toEqual(weights(from));
  });

  it('is a copy', () => {
    const model = mlp().build([4], { seed: 1 });
    const { data } = model.state()['layers.0.weight']!;
    (data as Float32Array).fill(0);
    expect(weights(model).some((w) => w !== 0)).toBe(true);
  });

  it.each<[string, (state: Record<string, unknown>) => void, string]>([
    ['missing names', (state) => delete state['layers.2.bias'], 'layers.2.bias'],
    ['unknown names', (state) => Object.assign(state, { 'layers.9.bias': array([1]) }), 'layers.9.bias'],
    ['other shapes', (state) => Object.assign(state, { 'layers.0.bias': array(new Float32Array(7)) }), 'layers.0.bias'],
    ['other dtypes', (state) => Object.assign(state, { 'layers.0.bias': array(new Float64Array(8)) }), 'layers.0.bias'],
  ])('with %s is refused, and nothing is loaded', (_, change, path) => {
    const model = mlp().build([4], { seed: 1 });
    const before = weights(model);
    const state: Record<string, unknown> = { ...mlp().build([4], { seed: 2 }).state() };
    change(state);
    expect(() => model.load(state as never)).toThrow(SlalomError);
    expect(() => model.load(state as never)).toThrow(path);
    expect(weights(model)).toEqual(before);
  });
});

describe('freezing', () => {
  it('takes parameters out of what is trained, and puts them back', () => {
    const model = mlp().build([4]);
    const trainable = () => [...model.parameters()].filter(([, { trainable: t }]) => t).map(([path]) => path);
    (model.layers[0] as nn.Dense).freeze();
    expect(trainable()).toEqual(['layers.2.weight', 'layers.2.bias']);
    expect(model.summary()).toContain('(frozen)');
    (model.layers[0] as nn.Dense).unfreeze();
    expect(trainable()).toHaveLength(4);
  });

  it('can be frozen by the path of a layer or of their own, also before they have a shape', () => {
    const model = new Residual();
    const frozen = () => [...model.parameters()].filter(([, { trainable }]) => !trainable).map(([path]) => path);
    expect(model.freeze('parts.wide.1').freeze('norm.bias')).toBe(model);
    expect(frozen()).toEqual(['norm.bias', 'parts.wide.1.weight', 'parts.wide.1.bias']);
    model.unfreeze('parts');
    expect(frozen()).toEqual(['norm.bias']);
    for (const [path, message] of [
      ['part', 'there is no parameter at or below "part"; did you mean "parts"?'],
      ['norm.wieght', 'did you mean "norm.weight"?'],
      ['', 'there is no parameter at or below ""'],
      [3, 'path must be a string, found 3'],
    ] as const) {
      expect(() => model.freeze(path as string)).toThrow(message);
      expect(() => model.unfreeze(path as string)).toThrow(message);
    }
    expect(frozen()).toEqual(['norm.bias']);
  });
});

describe('layers', () => {
  const rows = (n: number, width: number) => array(new Float32Array(n * width).fill(1), { shape: [n, width] });

  it('without a bias have none', () => {
    const layer = nn.dense(3, { useBias: false, kernelInit: 'ones' }).build([4]);
    expect([...layer.parameters().keys()]).toEqual(['weight']);
    expect(predictSync(layer, rows(1, 4)).toArray()).toEqual([[4, 4, 4]]);
  });

  it('take activations by name and as functions', () => {
    const make = (activation: nn.Activation) =>
      predictSync(nn.dense(2, { activation, kernelInit: 'ones' }).build([4]), rows(1, 4)).toArray();
    expect(make('relu')).toEqual([[4, 4]]);
    expect(make((x) => x.neg())).toEqual([[-4, -4]]);
    expect(predictSync(nn.sequential([nn.activation('tanh')]), rows(1, 2)).toArray()).toEqual([
      [Math.fround(Math.tanh(1)), Math.fround(Math.tanh(1))].map((x) => expect.closeTo(x, 6)),
    ]);
  });

  it('make no layers by calling an activation, and say what to write', () => {
    expect(() => nn.sequential([nn.relu(undefined as never) as never])).toThrow(
      "nn.relu: expected a tensor, found undefined. It is an activation and makes no layer: write nn.relu itself, or { activation: 'relu' }",
    );
    expect(() => nn.leakyRelu({ slope: 0.2 } as never)).toThrow('write (x) => nn.leakyRelu(x, …)');
  });

  it('flatten all but the batch axis', () => {
    const shapeOf = (...shape: number[]) =>
      predictSync(nn.flatten(), array(new Float32Array(shape.reduce((a, b) => a * b)), { shape })).shape;
    expect(shapeOf(2, 3, 4)).toEqual([2, 12]);
    expect(shapeOf(5, 3)).toEqual([5, 3]);
    expect(shapeOf(5)).toEqual([5, 1]);
  });

  it('drop elements in training only, and keep the mean', () => {
    const model = nn.dropout(0.25);
    const x = rows(100, 100);
    expect(predictSync(model, x).toArray()).toEqual(x.toArray());
    const dropped = Array.from(compile((t: Tensor) => model.call(t), { mode: 'training', seed: 1 }).sync(x).data as Float32Array);
    expect(new Set(dropped)).toEqual(new Set([0, Math.fround(4 / 3)]));
    const kept = dropped.filter((v) => v > 0).length / dropped.length;
    expect(Math.abs(kept - 0.75)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / dropped.length));
  });

  it('refuse to be called outside a trace', () => {
    const layer = nn.dense(3);
    expect(() => layer.call(undefined as never)).toThrow(SlalomError);
  });

  it('explain which of them got a wrong input', () => {
    const model = nn.sequential([nn.dense(3), nn.sequential([nn.dense(4), nn.dense(5)])]).build([2]);
    expect(() => predictSync(model, rows(1, 3))).toThrow(
      'nn.dense in layers.0: the input must have 2 features along its last axis, found shape [1, 3]',
    );
    expect(() => nn.sequential([3 as never])).toThrow(SlalomError);
  });
});

it('the summary tells layers, outputs and sizes', () => {
  expect(mlp().build([4]).summary()).toMatchInlineSnapshot(`
    "Sequential
    layer     type     output  parameters
    ─────────────────────────────────────
    layers.0  Dense    [*, 8]          40
    layers.1  Dropout  [*, 8]           0
    layers.2  Dense    [*, 3]          27
    ─────────────────────────────────────
    total 67 parameters, 268 bytes"
  `);
});
