import { describe, expect, it } from 'vitest';
import { array, evaluate, type FitOptions, fit, losses, metrics, nn, optim, type Tensor } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const data = toyData(50);
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  epochs: 3,
  batchSize: 16,
  seed: 7,
  ...more,
});

async function trained(more: Partial<FitOptions> = {}) {
  const model = toyModel();
  const history = await fit(model, data, options(more));
  return { model, history };
}

describe('a run', () => {
  it('learns', async () => {
    const { model, history } = await trained({ epochs: 60 });
    expect(history.loss.at(-1)!).toBeLessThan(history.loss[0]! / 2);
    const scores = await evaluate(model, data, { metrics: [metrics.accuracy()] });
    expect(scores.accuracy).toBeGreaterThan(0.9);
  });

  it('reports what it did', async () => {
    const model = toyModel();
    const history = await fit(model, data, {
      loss: losses.crossEntropy(),
      optimizer: optim.adam({ lr: 0.01 }),
      epochs: 3,
      batchSize: 16,
      metrics: [metrics.accuracy(), metrics.confusionMatrix({ classes: 3 })],
    });
    expect(history).toMatchObject({ epochs: 3, steps: 12, stopReason: 'epochs', lr: [0.01, 0.01, 0.01] });
    expect(history.loss).toHaveLength(3);
    const first = history.metrics.confusionMatrix[0]!;
    expect(first.flat().reduce((a, b) => a + b)).toBe(50);
    expect(first[0]![0]! + first[1]![1]! + first[2]![2]!).toBe(history.metrics.accuracy[0]! * 50);
    expect('validation' in history).toBe(false);
  });

  it('gives the same bits for the same seed, others for another', async () => {
    const [one, same, other] = await Promise.all([trained(), trained(), trained({ seed: 8 })]);
    expect(weights(same.model)).toEqual(weights(one.model));
    expect(same.history.loss).toEqual(one.history.loss);
    expect(weights(other.model)).not.toEqual(weights(one.model));
  });

  it('has the same bits however often JavaScript looks', async () => {
    const plain = await trained();
    const watched = await trained({
      onBatch: () => {},
      onEpoch: async () => {},
      validation: data,
      metrics: [metrics.accuracy()],
      publish: 'epoch',
    });
    expect(weights(watched.model)).toEqual(weights(plain.model));
    expect(watched.history.loss).toEqual(plain.history.loss);
  });

  it('shuffles by default, from seed and epoch', async () => {
    const inOrder = await trained({ shuffle: false });
    expect(weights(inOrder.model)).not.toEqual(weights((await trained()).model));
    // A batch of all rows sees the same sum in any order, but for rounding.
    const [a, b] = await Promise.all([trained({ batchSize: 50 }), trained({ batchSize: 50, shuffle: false })]);
    a.history.loss.forEach((loss, i) => {
      expect(loss).toBeCloseTo(b.history.loss[i]!, 5);
    });
  });

  it('trains on the last, smaller batch, and weighs it by its rows', async () => {
    const model = toyModel();
    const frozen = { ...options(), optimizer: optim.sgd({ lr: 0 }), epochs: 1 };
    const history = await fit(model, data, frozen);
    const { loss } = await evaluate(model, data, { loss: losses.crossEntropy() });
    expect(history.steps).toBe(4);
    expect(history.loss[0]).toBeCloseTo(loss, 6);
  });

  it('leaves the last batch out with dropLast', async () => {
    const { history } = await trained({ dropLast: true });
    expect(history.steps).toBe(9);
    expect((await rejection(fit(toyModel(), data, options({ dropLast: true, batchSize: 51 })))).message).toMatch(
      /50 rows are fewer than batchSize 51/,
    );
  });

  it('takes batches greater than the data', async () => {
    const { history } = await trained({ batchSize: 1000 });
    expect(history.steps).toBe(3);
  });

  it('takes any loss and metric that is a function of tensors', async () => {
    const model = nn.sequential([nn.dense(1)]);
    const x = [[0], [1], [2], [3], [4]];
    const y = [[1], [3], [5], [7], [9]];
    const distance = (p: Tensor, t: Tensor) => p.sub(t).abs();
    const history = await fit(
      model,
      { x, y },
      {
        loss: (p, t) => p.sub(t).square().mean(),
        metrics: [distance, metrics.mae()],
        optimizer: optim.sgd({ lr: 0.1 }),
        epochs: 200,
        batchSize: 2,
      },
    );
    expect(history.loss.at(-1)).toBeLessThan(1e-4);
    expect(history.metrics.distance!.at(-1)).toBeCloseTo(history.metrics.mae.at(-1)!, 6);
  });

  it('has the default options of the documentation', async () => {
    const history = await fit(toyModel(), data, { loss: losses.crossEntropy(), optimizer: optim.sgd() });
    expect(history).toMatchObject({ epochs: 1, steps: 2 });
  });
});

describe('data', () => {
  it('are converted to the dtype of the model', async () => {
    const x = data.x.toArray() as number[][];
    const y = data.y.toArray() as number[];
    const expected = weights((await trained()).model);
    const forms = [
      { x, y },
      { x: data.x.cast('f64'), y: array(y, { dtype: 'f64' }) },
      { x: x.map((row) => Float32Array.from(row)), y: Uint8Array.from(y) },
    ];
    for (const form of forms) {
      const model = toyModel();
      await fit(model, form, options());
      expect(weights(model)).toEqual(expected);
    }
  });

  it('may be bytes', async () => {
    const x = array(
      Uint8Array.from({ length: 40 }, (_, i) => (i * 37) % 256),
      { shape: [10, 4] },
    );
    const y = Array.from({ length: 10 }, (_, i) => i % 3);
    const history = await fit(toyModel(), { x, y }, options({ epochs: 1 }));
    const same = await fit(toyModel(), { x: x.cast('f32'), y }, options({ epochs: 1 }));
    expect(history.loss).toEqual(same.loss);
  });

  it('are copied when fit is called', async () => {
    const x = new Float32Array(data.x.data);
    const rows = Array.from({ length: 50 }, (_, i) => x.subarray(4 * i, 4 * i + 4));
    const model = toyModel();
    const run = fit(model, { x: rows, y: data.y }, options());
    x.fill(Number.NaN);
    await run;
    expect(weights(model)).toEqual(weights((await trained()).model));
  });

  it('of a transferred buffer do not matter to a run', async () => {
    const x = new Float32Array(data.x.data);
    const model = toyModel();
    const run = fit(model, { x: array(x, { shape: [50, 4] }), y: data.y }, options());
    structuredClone(x.buffer, { transfer: [x.buffer] });
    await run;
    expect(weights(model)).toEqual(weights((await trained()).model));
  });
});

describe('validation', () => {
  it('measures loss and metrics after every epoch, in inference mode', async () => {
    const model = nn.sequential([nn.dense(8), nn.dropout(0.5), nn.dense(3)]);
    const validation = toyData(33, 2);
    const history = await fit(model, data, { ...options(), metrics: [metrics.accuracy()], validation });
    const scores = await evaluate(model, validation, { loss: losses.crossEntropy(), metrics: [metrics.accuracy()] });
    expect(history.validation!.loss).toHaveLength(3);
    expect(history.validation!.loss.at(-1)).toBe(scores.loss);
    expect(history.validation!.accuracy!.at(-1)).toBe(scores.accuracy);
  });

  it('keeps the tail with validationSplit', async () => {
    const { model, history } = await trained({ validationSplit: 0.2 });
    expect(history.steps).toBe(9);
    const tail = { x: data.x.slice(40), y: data.y.slice(40) };
    const { loss } = await evaluate(model, tail, { loss: losses.crossEntropy() });
    expect(history.validation!.loss.at(-1)).toBe(loss);
    const head = toyModel();
    await fit(head, { x: data.x.slice(0, 40), y: data.y.slice(0, 40) }, options());
    expect(weights(head)).toEqual(weights(model));
  });

  it('cannot take all rows', async () => {
    expect((await rejection(fit(toyModel(), data, options({ validationSplit: 0.001 })))).message).toMatch(/leaves 50 for training and 0/);
  });
});

describe('sample weights', () => {
  it('of 0 leave rows out, of 2 count twice', async () => {
    const sampleWeights = Float32Array.from({ length: 50 }, (_, i) => (i < 25 ? 2 : 0));
    const common = { shuffle: false, epochs: 3, optimizer: optim.sgd({ lr: 0.1 }) };
    const weighted = await trained({ ...common, batchSize: 50, sampleWeights });
    const half = toyModel();
    await fit(
      half,
      { x: data.x.slice(0, 25), y: data.y.slice(0, 25) },
      options({ ...common, optimizer: optim.sgd({ lr: 0.1 }), batchSize: 25 }),
    );
    weights(weighted.model).forEach((w, i) => {
      expect(w).toBeCloseTo(weights(half)[i]!, 5);
    });
  });
});

describe('an optimizer', () => {
  it('goes on in a second fit, to the bit', async () => {
    const whole = await trained({ shuffle: false, epochs: 5 });
    const model = toyModel();
    const shared = options({ shuffle: false });
    await fit(model, data, { ...shared, epochs: 2 });
    await fit(model, data, { ...shared, epochs: 3 });
    expect(weights(model)).toEqual(weights(whole.model));
    const fresh = toyModel();
    await fit(fresh, data, { ...shared, optimizer: optim.adam({ lr: 0.01 }), epochs: 2 });
    await fit(fresh, data, { ...shared, optimizer: optim.adam({ lr: 0.01 }), epochs: 3 });
    expect(weights(fresh)).not.toEqual(weights(whole.model));
  });

  it('does not train another model', async () => {
    const optimizer = optim.adam();
    await fit(toyModel(), data, options({ optimizer }));
    const error = await rejection(fit(toyModel(), data, options({ optimizer })));
    expect(error).toMatchObject({ code: 'STATE', message: expect.stringMatching(/already trains the parameters of another model/) });
  });

  it('is free again after a fit that never began', async () => {
    const optimizer = optim.adam();
    await rejection(fit(nn.sequential([nn.dense(2)]), data, options({ optimizer, loss: losses.mse() })));
    await fit(toyModel(), data, options({ optimizer }));
  });

  it('lets the learning rate be set between epochs', async () => {
    const optimizer = optim.sgd({ lr: 0.1 });
    const { history } = await trained({ optimizer, onEpoch: ({ epoch }) => (optimizer.lr = 0.1 / (epoch + 1)) });
    expect(history.lr).toEqual([0.1, 0.05, 0.1 / 3]);
  });

  it('leaves frozen parameters alone', async () => {
    const model = toyModel();
    model.build([4], { seed: 7 });
    const before = model.state();
    (model.layers[0] as nn.Dense).freeze();
    await fit(model, data, options());
    const after = model.state();
    expect(after['layers.0.weight']!.data).toEqual(before['layers.0.weight']!.data);
    expect(after['layers.1.weight']!.data).not.toEqual(before['layers.1.weight']!.data);
  });
});

it('clips by norm and by value', async () => {
  const big = await trained({ optimizer: optim.sgd({ lr: 1 }), clipNorm: 1e-6 });
  const start = weights(toyModel().build([4], { seed: 7 }));
  weights(big.model).forEach((w, i) => {
    expect(Math.abs(w - start[i]!)).toBeLessThan(12 * 1.01e-6 + 1e-6);
  });
  expect((await rejection(fit(toyModel(), data, options({ clipNorm: 1, clipValue: 1 })))).message).toMatch(/exclude each other/);
});
