/** What a probe says of activations. */

import { describe, expect, it } from 'vitest';
import { array, losses, nn, scan, type Tensor } from '../../src/index.js';
import { firstLook } from './looks.js';
import { toyData, twoEpochs } from './toy.js';

const data = toyData(100);

describe('activations of a probe', () => {
  class Block extends nn.Module {
    readonly inner = nn.dense(6);
    forward(x: Tensor): Tensor {
      return this.inner.call(x).relu().add(this.inner.call(x).sigmoid());
    }
  }

  it('are found by layer path, wherever they are applied', async () => {
    const model = nn.sequential([
      nn.dense(5, { activation: 'tanh' }),
      new Block(),
      (x) => nn.gelu(x, { approximate: 'tanh' }),
      nn.activation('silu'),
      nn.activation((x) => nn.leakyRelu(x, { slope: 0.2 })),
      nn.dense(3, { activation: 'softmax' }),
      nn.activation('elu'),
      nn.activation('softplus'),
    ]);
    const { activations } = await firstLook(model, data, twoEpochs(), { activations: true });
    expect(Object.entries(activations).map(([path, { kind, units, output }]) => [path, kind, units, output])).toEqual([
      ['layers.0', 'tanh', 5, false],
      ['layers.1', 'relu', 6, false],
      ['layers.1#2', 'sigmoid', 6, false],
      ['layers.2', 'gelu', 6, false],
      ['layers.3', 'silu', 6, false],
      ['layers.4', 'leakyRelu', 6, false],
      ['layers.6', 'elu', 3, false],
      ['layers.7', 'softplus', 3, true],
    ]);
  });

  it('count zeros, dead and saturated units', async () => {
    // Units: always on, on for the rows of the first half, never.
    const kernel = array([[1, 1, -1]]);
    const x = Float32Array.from({ length: 40 }, (_, i) => (i < 20 ? 2 : 0.001));
    const bias = array([0, -1, 0]);
    const model = (activation: 'relu' | 'tanh' | 'sigmoid') =>
      nn.sequential([nn.dense(3, { activation, kernelInit: () => kernel, biasInit: () => bias }), nn.dense(1)]);
    const look = async (activation: 'relu' | 'tanh' | 'sigmoid', scale = 1) => {
      const given = {
        x: array(
          x.map((value) => value * scale),
          { shape: [40, 1] },
        ),
        y: array(new Float32Array(40), { shape: [40, 1] }),
      };
      const { activations } = await firstLook(
        model(activation),
        given,
        { ...twoEpochs({ batchSize: 40 }), loss: losses.mse() },
        { activations: true },
      );
      return activations['layers.0']!;
    };
    expect(await look('relu')).toMatchObject({
      units: 3,
      zeroShare: 0.5,
      deadShare: Math.fround(1 / 3),
      saturatedShare: 0,
      min: 0,
      max: 2,
    });
    // tanh(2)² = 0.929 is below 0.95, tanh(4)² above; (2 sigmoid(2) − 1)² = tanh(1)² = 0.58.
    expect((await look('tanh')).saturatedShare).toBe(0);
    expect((await look('tanh', 2)).saturatedShare).toBe(0.5);
    expect((await look('sigmoid')).saturatedShare).toBe(0);
    expect((await look('sigmoid', 3)).saturatedShare).toBe(0.5);
  });

  it('of one number a row are one unit', async () => {
    class Flat extends nn.Module {
      readonly weight = nn.dense(1);
      forward(x: Tensor): Tensor {
        return this.weight.call(x).reshape([x.shape[0]!]).tanh();
      }
    }
    const given = { x: data.x, y: new Float32Array(100) };
    const { activations } = await firstLook(new Flat(), given, { ...twoEpochs(), loss: losses.mse() }, { activations: true });
    expect(activations).toMatchObject({ tanh: { units: 1, output: true } });
  });

  it('inside a loop are not seen and do not disturb', async () => {
    class Loop extends nn.Module {
      readonly inner = nn.dense(3);
      forward(x: Tensor): Tensor {
        return scan((carry) => [carry.tanh(), undefined] as const, this.inner.call(x), undefined, { length: 3 })[0];
      }
    }
    const { activations, parameters } = await firstLook(new Loop(), data, twoEpochs(), { activations: true });
    expect(activations).toEqual({});
    expect(parameters['inner.weight']!.gradient!.norm).toBeGreaterThan(0);
  });
});
