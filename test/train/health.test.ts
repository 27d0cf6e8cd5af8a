/** What `callbacks.health`, `callbacks.stepSizes`, `diagnose` and `stepSizes` find, say and leave alone. */

import { describe, expect, it, vi } from 'vitest';
import {
  array,
  callbacks,
  diagnose,
  type Finding,
  type FitOptions,
  fit,
  losses,
  nn,
  optim,
  type StepSizes,
  schedules,
  stepSizes,
  type Tensor,
} from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from './toy.js';

const data = toyData(200);
const loss = losses.crossEntropy();
const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss,
  optimizer: optim.sgd({ lr: 0.05 }),
  batchSize: 50,
  epochs: 3,
  seed: 4,
  ...more,
});
const deep = (activation: nn.ActivationName, layers: number) =>
  nn.sequential([...Array.from({ length: layers }, () => nn.dense(16, { activation })), nn.dense(3)]);
const kinds = (findings: readonly Finding[]) => [...new Set(findings.map(({ kind }) => kind))];

/** Warnings of the process while `body` runs. */
async function warnings(body: () => PromiseLike<unknown>): Promise<{ message: string; code: string }[]> {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    await body();
    return emit.mock.calls.map(([message, given]) => ({ message: String(message), code: (given as unknown as { code: string }).code }));
  } finally {
    emit.mockRestore();
  }
}

describe('diagnose', () => {
  it.each<nn.ActivationName>(['relu', 'tanh', 'sigmoid', 'gelu'])('finds nothing wrong with a healthy model of %s', async (activation) => {
    for (const optimizer of [optim.adam(), optim.sgd({ lr: 0.1, momentum: 0.9 })]) {
      const diagnosis = await diagnose(deep(activation, 2), data, { loss, optimizer });
      expect(diagnosis.findings).toEqual([]);
      expect(String(diagnosis)).toBe('nothing found');
      expect(diagnosis.probe.rows).toBe(200);
    }
  });

  it('finds dead units', async () => {
    const model = nn.sequential([nn.dense(20, { activation: 'relu', biasInit: nn.init.constant(-30) }), nn.dense(3)]);
    const { findings } = await diagnose(model, data, { loss });
    expect(findings[0]).toMatchObject({ kind: 'dead', path: 'layers.0', value: 1, limit: 0.5 });
    expect(findings[0]!.message).toBe(
      'layers.0: 100 % of its 20 relu units are 0 for all 200 rows, so that their weights get no gradient. Likely cause: steps that were too ' +
        'large, or inputs that are not centred. Try a smaller learning rate, heNormal weights, or leakyRelu or gelu.',
    );
  });

  it('finds saturated units, but not in the output', async () => {
    const scaled = {
      x: array(
        Float32Array.from(data.x.data, (value) => 100 * value),
        { shape: data.x.shape },
      ),
      y: data.y,
    };
    const { findings } = await diagnose(toyModel(), scaled, { loss });
    expect(findings.find(({ kind }) => kind === 'saturated')).toMatchObject({ path: 'layers.0', limit: 0.5 });
    expect(findings.find(({ kind }) => kind === 'saturated')!.message).toMatch(
      /^layers\.0: \d+ % of what its 8 tanh units give is near the limits/,
    );
    const classifier = nn.sequential([nn.dense(3, { activation: 'sigmoid', kernelInit: nn.init.normal(0, 50) })]);
    const { findings: none, probe } = await diagnose(classifier, data, { loss });
    expect(probe.activations['layers.0']!.saturatedShare).toBeGreaterThan(0.5);
    expect(kinds(none)).not.toContain('saturated');
  });

  it('finds gradients that vanish, with both paths and numbers', async () => {
    const { findings } = await diagnose(deep('sigmoid', 12), data, { loss });
    expect(kinds(findings)).toEqual(['vanishing']);
    const [{ path, message, value }] = findings as [Finding];
    expect([path, value < 1e-4]).toEqual(['layers.0.weight', true]);
    expect(message).toMatch(/its gradient \(RMS \S+e-\d+\) is \S+ of that of layers\.12\.weight \(\S+\): it vanishes on the way back/);
    expect(message).toContain('a chain of saturating activations');
  });

  it('finds gradients that explode on the way back, and those out of proportion', async () => {
    // The value passes as it is, its gradient tenfold.
    const amplify = (x: Tensor) => x.mul(10).sub(x.mul(9).stopGradient());
    const growing = nn.sequential([...Array.from({ length: 7 }, () => [nn.dense(16), amplify]).flat(), nn.dense(3)]);
    expect(kinds((await diagnose(growing, data, { loss })).findings)).toContain('exploding');
    const targets = {
      x: data.x,
      y: array(
        Float32Array.from(data.y.data, (value) => 1e5 * value),
        { shape: [200, 1] },
      ),
    };
    const { findings } = await diagnose(nn.sequential([nn.dense(1)]), targets, { loss: losses.mse() });
    expect(findings[0]).toMatchObject({ kind: 'exploding', path: 'layers.0.weight', limit: 100 });
    expect(findings[0]!.message).toContain('inputs or targets that are not scaled');
  });

  it('finds weights without a gradient, and gradients that are not finite', async () => {
    const cut = nn.sequential([nn.dense(5), (x) => x.stopGradient(), nn.dense(3)]);
    expect((await diagnose(cut, data, { loss })).findings).toMatchObject([{ kind: 'noGradient', path: 'layers.0.weight' }]);
    const broken = nn.sequential([nn.dense(3), (x) => x.sub(x.max()).sub(1).log()]);
    const diagnosis = await diagnose(broken, data, { loss });
    expect(kinds(diagnosis.findings)).toEqual(['notFinite']);
    expect(String(diagnosis)).toContain('layers.0.weight: its gradient is not finite');
  });

  it('takes limits', async () => {
    const model = deep('sigmoid', 12).build([4]);
    expect((await diagnose(model, data, { loss, vanishing: 1e-20 })).findings).toEqual([]);
    expect(kinds((await diagnose(deep('relu', 1), data, { loss, dead: 0, saturated: 0, gradientToWeight: 1e-9 })).findings)).toContain(
      'exploding',
    );
  });
});

describe('stepSizes', () => {
  it('gives each parameter, and warns of what is far from 1e-3', async () => {
    const model = toyModel().build([4]);
    const report = await stepSizes(model, data, { loss, optimizer: optim.sgd({ lr: 100 }) });
    expect(Object.keys(report.parameters)).toEqual([...model.parameters().keys()]);
    const { weightNorm, gradientNorm, updateNorm, ratio } = report.parameters['layers.0.weight']!;
    expect(updateNorm).toBeCloseTo(100 * gradientNorm, 4);
    expect(ratio).toBe(updateNorm / weightNorm);
    expect(report.parameters['layers.0.bias']).toMatchObject({ weightNorm: 0, ratio: null });
    expect(kinds(report.findings)).toEqual(['largeUpdates']);
    const lines = String(report).split('\n');
    expect(lines[0]).toBe('step 1, epochs 0, learning rate 100');
    expect(lines[1]).toMatch(/^parameter +weights +gradient +update +update \/ weights$/);
    expect(lines[3]).toMatch(/^layers\.0\.weight( +\d\.\d\de[+-]\d+){3} +\d\.\de[+-]\d+ high$/);
    expect(lines[4]).toMatch(/^layers\.0\.bias .* -$/);
    expect((await stepSizes(model, data, { loss, optimizer: optim.sgd({ lr: 1e-9 }) })).findings[0]).toMatchObject({
      kind: 'smallUpdates',
    });
    expect((await stepSizes(model, data, { loss, optimizer: optim.sgd({ lr: 0 }) })).findings).toEqual([]);
  });

  it('leaves model and optimizer as they were, also without values', async () => {
    const [used, fresh] = [toyModel(), toyModel()];
    const optimizer = optim.adam();
    await Promise.all([stepSizes(used, data, { loss, optimizer }), diagnose(used, data, { loss, optimizer })]);
    expect([used.built, optimizer.steps]).toEqual([false, 0]);
    await stepSizes(used, { x: [[1, 2]], y: [0] }, { loss, optimizer: optim.sgd() });
    await fit(used, data, options({ optimizer, epochs: 1 }));
    await fit(fresh, data, options({ optimizer: optim.adam(), epochs: 1 }));
    expect(weights(used)).toEqual(weights(fresh));
    const again = optim.adam();
    const other = toyModel();
    await fit(other, data, options({ optimizer: again, epochs: 1 }));
    expect(await stepSizes(used, data, { loss, optimizer })).toEqual(await stepSizes(other, data, { loss, optimizer: again }));
    await Promise.all([fit(used, data, options({ optimizer })), fit(other, data, options({ optimizer: again }))]);
    expect(weights(used)).toEqual(weights(other));
  });

  it('sees the values of its call while a run begins', async () => {
    const model = toyModel().build([4], { seed: 4 });
    const optimizer = optim.sgd({ lr: 0.05 });
    const before = await stepSizes(model, data, { loss, optimizer: optim.sgd({ lr: 0.05 }) });
    const pending = stepSizes(model, data, { loss, optimizer: optim.sgd({ lr: 0.05 }) });
    const run = fit(model, data, options({ optimizer }));
    expect((await rejection(stepSizes(model, data, { loss, optimizer }))).code).toBe('MODEL_BUSY');
    expect((await pending).parameters).toEqual(before.parameters);
    await run;
  });
});

describe('callbacks.stepSizes', () => {
  it('reports after its epochs', async () => {
    const reports: StepSizes[] = [];
    await fit(
      toyModel(),
      data,
      options({ epochs: 5, callbacks: [callbacks.stepSizes({ everyEpochs: 2, onReport: (r) => void reports.push(r) })] }),
    );
    expect(reports.map(({ epoch, step, lr }) => [epoch, step, lr])).toEqual([
      [2, 8, 0.05],
      [4, 16, 0.05],
    ]);
  });

  it('warns once of each kind and parameter, by the process or by a function', async () => {
    const optimizer = () => optim.sgd({ lr: 1e-9 });
    const emitted = await warnings(() => fit(toyModel(), data, options({ optimizer: optimizer(), callbacks: [callbacks.stepSizes()] })));
    expect(emitted).toEqual([
      { code: 'SLALOM_SMALL_UPDATES', message: expect.stringMatching(/^callbacks\.stepSizes: layers\.0\.weight: a step changes/) },
    ]);
    expect(emitted[0]!.message).toMatch(/The same holds for layers\.1\.weight\.$/);
    const told: string[] = [];
    const onWarning = ({ path }: Finding) => void told.push(path);
    expect(
      await warnings(() => fit(toyModel(), data, options({ optimizer: optimizer(), callbacks: [callbacks.stepSizes({ onWarning })] }))),
    ).toEqual([]);
    expect(told).toEqual(['layers.0.weight', 'layers.1.weight']);
  });

  it('does not call steps small that a schedule has made small', async () => {
    const optimizer = optim.sgd({ lr: schedules.exponential({ lr: 0.1, gamma: 0.01 }) });
    expect(await warnings(() => fit(toyModel(), data, options({ optimizer, callbacks: [callbacks.stepSizes()] })))).toEqual([]);
  });
});

describe('callbacks.health', () => {
  it('warns when the run begins and after epochs, each once', async () => {
    const emitted = await warnings(() => fit(deep('sigmoid', 12), data, options({ callbacks: [callbacks.health()] })));
    expect(emitted.map(({ code }) => code)).toEqual(['SLALOM_VANISHING']);
    expect(emitted[0]!.message).toMatch(/^callbacks\.health: layers\.0\.weight: .* The same holds for layers\.1\.weight/);
  });

  it('says nothing of a healthy run', async () => {
    expect(
      await warnings(() => fit(toyModel(), data, options({ epochs: 20, callbacks: [callbacks.health(), callbacks.stepSizes()] }))),
    ).toEqual([]);
  });

  it('sees units die', async () => {
    const found: [number, Finding][] = [];
    const model = nn.sequential([nn.dense(30, { activation: 'relu' }), nn.dense(3)]);
    let epoch = 0;
    await fit(model, data, {
      ...options({ optimizer: optim.sgd({ lr: 1e3 }), clipNorm: 1, epochs: 4 }),
      callbacks: [{ epochEnd: () => void epoch++ }, callbacks.health({ onWarning: (finding) => void found.push([epoch, finding]) })],
    });
    expect(found.find(([, { kind }]) => kind === 'dead')).toMatchObject([expect.any(Number), { path: 'layers.0' }]);
    expect(found.find(([, { kind }]) => kind === 'dead')![0]).toBeGreaterThan(0);
  });
});

describe('callbacks.histograms', () => {
  it('reports when the run begins and after its epochs', async () => {
    const seen: unknown[] = [];
    const list = [callbacks.histograms({ everyEpochs: 2, bins: 5, activations: true, onReport: (probe) => void seen.push(probe) })];
    await fit(toyModel(), data, options({ epochs: 5, callbacks: list }));
    expect(seen).toMatchObject([0, 2, 4].map((epoch) => ({ epoch, activations: { 'layers.0': { kind: 'tanh' } } })));
    const [first] = seen as { parameters: Record<string, { weight: { histogram: { counts: number[] } } }> }[];
    expect(first!.parameters['layers.0.weight']!.weight.histogram.counts.reduce((sum, count) => sum + count)).toBe(32);
  });

  it('passes on what its function throws', async () => {
    const fail = () => Promise.reject(new RangeError('mine'));
    expect((await rejection(fit(toyModel(), data, options({ callbacks: [callbacks.histograms({ onReport: fail })] })))).message).toBe(
      'mine',
    );
  });
});

describe('refused are', () => {
  it.each<[string, () => unknown, string]>([
    ['no function', () => callbacks.histograms({} as never), 'callbacks.histograms: onReport must be a function, found undefined'],
    ['no bins', () => callbacks.histograms({ onReport: () => 0, bins: 0 }), 'bins must be a whole number from 1 to 4096, found 0'],
    ['a share above 1', () => callbacks.health({ dead: 1.1 }), 'dead must be a number from 0 to 1, found 1.1'],
    ['no rows', () => callbacks.health({ rows: 0 }), 'rows must be a whole number of 1 or more'],
    ['a ratio of 0', () => callbacks.stepSizes({ high: 0 }), 'high must be a number above 0, found 0'],
    ['unknown names', () => callbacks.health({ onwarning: () => 0 } as never), 'did you mean "onWarning"?'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['no optimizer', () => stepSizes(toyModel(), data, { loss } as never), 'stepSizes: optimizer must be an optimizer'],
    ['no loss', () => diagnose(toyModel(), data, {} as never), 'diagnose: loss must be a loss'],
    ['no model', () => diagnose({} as never, data, { loss }), 'diagnose: the first argument must be a model, found an object'],
    ['no data', () => diagnose(toyModel(), undefined as never, { loss }), 'diagnose: data must be an object { x, y }'],
    ['two clippings', () => stepSizes(toyModel(), data, { loss, optimizer: optim.sgd(), clipNorm: 1, clipValue: 1 }), 'exclude each other'],
    ['labels out of range', () => diagnose(toyModel(), { x: [[1, 2, 3, 4]], y: [7] }, { loss }), 'diagnose: y holds the label 7 in row 0'],
    ['NaN', () => diagnose(toyModel(), { x: [[1, Number.NaN, 3, 4]], y: [0] }, { loss }), 'x holds NaN in row 0, column 1'],
    ['another width', () => diagnose(toyModel().build([4]), { x: [[1]], y: [0] }, { loss }), 'layers.0: the input must have 4 features'],
  ])('%s, and the model is as it was', async (_, call, message) => {
    const error = await rejection(call());
    expect(error.message).toContain(message);
    expect(error.stack).toContain('health.test.ts');
  });
});
