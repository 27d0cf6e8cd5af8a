import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  array,
  calibrate,
  evaluate,
  fit,
  loadWeights,
  losses,
  metrics,
  nn,
  optim,
  predict,
  SlalomError,
  saveWeights,
} from '../../src/index.js';
import { rejection, toyData, weights } from '../train/toy.js';

const data = toyData(60);
const held = toyData(200, 9);
/** Held-out rows with wrong labels among them, of which a model of the others is too sure. */
const validation = { x: held.x, y: Int32Array.from(held.y.data, (label, row) => (row % 4 === 0 ? (label + 1) % 3 : label)) };
const layers = () => [nn.dense(8, { activation: 'tanh' }), nn.dense(3)];

async function trained(model: nn.Sequential) {
  await fit(model, data, { loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.05 }), epochs: 60 });
  return model;
}

describe('calibrate', () => {
  it('sets the temperature layer, and the loss on held-out data falls', async () => {
    const model = await trained(nn.sequential([...layers(), nn.temperature()]));
    const said = await predict(model, validation.x);
    const found = await calibrate(model, validation);
    expect(found).toMatchObject({ layer: 'layers.2', bounded: false });
    expect(found.temperature).toBeGreaterThan(1);
    expect(found.after.logLoss).toBeLessThan(found.before.logLoss);
    expect(found.after.calibrationError).toBeLessThan(found.before.calibrationError);
    const now = await evaluate(model, validation, { metrics: [metrics.logLoss(), metrics.calibrationError()] });
    expect(now.logLoss).toBeCloseTo(found.after.logLoss, 6);
    const scaled = await predict(model, validation.x);
    expect(scaled.data[5]! * found.temperature).toBeCloseTo(said.data[5]!, 4);
    expect(model.state()['layers.2.temperature']!.item()).toBeCloseTo(found.temperature, 12);
    expect(String(found)).toMatch(/^temperature \d.*\n +log-loss +calibration error\nbefore .*\nafter /);
  });

  it('goes on from the temperature that there is', async () => {
    const model = await trained(nn.sequential([...layers(), nn.temperature()]));
    const first = await calibrate(model, validation);
    const again = await calibrate(model, validation);
    expect(again.temperature / first.temperature).toBeCloseTo(1, 5);
    expect(again.before.logLoss).toBeCloseTo(first.after.logLoss, 6);
  });

  it('leaves a model without the layer alone; its number can be put around it', async () => {
    const model = await trained(nn.sequential(layers()));
    const before = weights(model);
    const { temperature, layer, after } = await calibrate(model, validation);
    expect(layer).toBeUndefined();
    expect(weights(model)).toEqual(before);
    const wrapped = nn.sequential([model, nn.temperature(temperature)]);
    const { logLoss } = await evaluate(wrapped, validation, { metrics: [metrics.logLoss()] });
    expect(logLoss).toBeCloseTo(after.logLoss, 6);
  });

  it('gives the reliability curve', async () => {
    const model = await trained(nn.sequential(layers()));
    const { before } = await calibrate(model, validation, { bins: 5, batchSize: 33 });
    const { reliability, calibrationError } = await evaluate(model, validation, {
      metrics: [metrics.reliability({ bins: 5 }), metrics.calibrationError({ bins: 5 })],
      batchSize: 33,
    });
    expect(before.reliability).toEqual(reliability);
    expect(reliability.map(({ from, to }) => [from, to])[1]).toEqual([0.2, 0.4]);
    expect(reliability.reduce((sum, { rows }) => sum + rows, 0)).toBe(200);
    const error = reliability.reduce(
      (sum, { rows, accuracy, confidence }) => sum + (rows ? (rows * Math.abs(accuracy - confidence)) / 200 : 0),
      0,
    );
    expect(error).toBeCloseTo(calibrationError, 12);
    expect(reliability[0]).toMatchObject({ rows: 0, accuracy: Number.NaN, confidence: Number.NaN });
  });

  it('is saved with the model and not trained', async () => {
    const model = await trained(nn.sequential([...layers(), nn.temperature(2)]));
    expect(model.state()['layers.2.temperature']!.item()).toBe(2);
    expect([...model.parameters().keys()]).not.toContain('layers.2.temperature');
    const { temperature } = await calibrate(model, validation);
    const path = join(mkdtempSync(join(tmpdir(), 'slalom-calibrate-')), 'model.safetensors');
    await saveWeights(model, path);
    const other = nn.sequential([...layers(), nn.temperature()]);
    await loadWeights(other, path);
    expect(other.state()['layers.2.temperature']!.item()).toBe(temperature);
  });

  it('does not depend on how rows are batched', async () => {
    const model = await trained(nn.sequential(layers()));
    const one = await calibrate(model, validation);
    expect((await calibrate(model, validation, { batchSize: 7 })).temperature).toBe(one.temperature);
  });
});

describe('calibrate refuses', () => {
  const plain = () => nn.sequential(layers()).build([4]);

  it.each<[string, () => nn.Sequential, object, object | undefined, string]>([
    [
      'two layers',
      () => nn.sequential([plain(), nn.temperature(), nn.temperature()]),
      validation,
      {},
      'has 2 temperature layers, layers.1 and layers.2',
    ],
    ['labels out of range', plain, { x: data.x, y: new Int32Array(60).fill(3) }, {}, 'y holds the label 3 in row 0'],
    ['targets of another shape', plain, { x: data.x, y: array(new Float32Array(120), { shape: [60, 2] }) }, {}, 'metrics.logLoss'],
    ['NaN', plain, { x: new Float32Array(240).fill(Number.NaN), y: data.y }, {}, 'rows'],
    ['no data', plain, { x: data.x }, {}, 'calibrate: validation.y is missing'],
    ['unknown options', plain, validation, { bin: 3 }, 'calibrate: unknown option "bin"; did you mean "bins"?'],
    ['no bins', plain, validation, { bins: 0 }, 'bins must be a whole number of 1 or more'],
  ])('%s', async (_, model, given, options, message) => {
    const made = model();
    const error = await rejection(calibrate(made, given as never, options as never));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
    expect(error.stack).toContain('calibrate.test.ts');
  });

  it('a layer that is not last, and puts it back', async () => {
    const model = await trained(nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.temperature(2), ...layers()]));
    const error = await rejection(calibrate(model, validation));
    expect(error).toMatchObject({ code: 'STATE', path: 'layers.1' });
    expect(error.message).toContain('calibrate: with layers.1 set to');
    expect(model.state()['layers.1.temperature']!.item()).toBe(2);
  });

  it('a model in training', async () => {
    const model = nn.sequential([...layers(), nn.temperature()]);
    const run = fit(model, data, { loss: losses.crossEntropy(), optimizer: optim.adam(), epochs: 50, publish: 'epoch' });
    expect(await rejection(calibrate(model, validation))).toMatchObject({ code: 'MODEL_BUSY' });
    await run;
  });

  it('temperatures of 0', () => {
    expect(() => nn.temperature(0)).toThrow('nn.temperature: temperature must be a number above 0, found 0');
  });

  it('to go on when the signal fires, and leaves the layer as it was', async () => {
    const model = nn.sequential([...layers(), nn.temperature(3)]).build([4]);
    const error = await rejection(calibrate(model, validation, { signal: AbortSignal.abort(new Error('enough')) }));
    expect(error.message).toBe('enough');
    expect(model.state()['layers.2.temperature']!.item()).toBe(3);
  });
});
