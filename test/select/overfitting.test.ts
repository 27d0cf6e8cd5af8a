import { describe, expect, it } from 'vitest';
import { fit, type History, losses, metrics, nn, OptionError, optim, overfitting } from '../../src/index.js';
import { toyData } from '../train/toy.js';

const history = (loss: number[], validation: number[], accuracy: number[] = loss) =>
  ({ loss, metrics: { accuracy }, validation: { loss: validation, accuracy: validation }, lr: [] }) as unknown as History;

describe('overfitting', () => {
  const falls = [1, 0.6, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1];

  it('finds the epoch where the curves part', () => {
    const report = overfitting(history(falls, [1.1, 0.8, 0.65, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85]));
    expect(report).toMatchObject({ metric: 'loss', verdict: 'overfitting', bestEpoch: 4, best: 0.6, partsAfter: 4 });
    expect(report.gap[0]).toBeCloseTo(0.1, 12);
    expect(report.gapAtBest).toBeCloseTo(0.25, 12);
    expect(report.gapAtEnd).toBeCloseTo(0.75, 12);
    expect(String(report)).toBe(
      'Overfitting: validation loss was least in epoch 4 of 9, 0.6000, and 0.8500 in the last, while training loss went from 0.3500 to 0.1000. Stop there with callbacks.earlyStopping({ restoreBest: true }), or try more data, dropout, weight decay or a smaller model.',
    );
  });

  it.each<[string, string, number[], number[], object]>([
    ['improving', 'Still improving', falls, falls, { bestEpoch: 9, partsAfter: undefined }],
    ['improving', 'Still improving', [1, 0.5], [1, 0.6], { bestEpoch: 2, partsAfter: undefined }],
    ['improving', 'Still improving', [1], [1], { bestEpoch: 1, gapAtEnd: 0 }],
    ['tooShort', 'Too short to tell', [1, 0.5, 0.4, 0.3], [1, 0.6, 0.9, 1.1], { bestEpoch: 2, partsAfter: undefined }],
    [
      'unstable',
      'Unstable',
      [1, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1],
      [1, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2],
      { bestEpoch: 2, partsAfter: undefined },
    ],
    ['settled', 'Settled', falls, [1, 0.6, 0.6, 0.61, 0.6, 0.6, 0.61, 0.6, 0.62], { bestEpoch: 2 }],
    ['settled', 'Settled', falls, [0.7, 0.3, 0.9, 0.6, 0.8, 0.4, 0.9, 0.5, 0.8], { bestEpoch: 2 }],
    ['settled', 'Settled', falls, [Number.NaN, 0.6, 0.6, 0.61, Number.NaN, 0.6, 0.61, 0.6, 0.6, 0.62].slice(1), { bestEpoch: 1 }],
    ['tooShort', 'Too short to tell', falls, falls.map((value, i) => (i === 3 || i === 8 ? Number.NaN : value)), { bestEpoch: 8 }],
    ['tooShort', 'Too short to tell', [1, 1, 1], [Number.NaN, 0.5, 0.6], { bestEpoch: 2, best: 0.5 }],
  ])('%s: %s, %j, %j', (verdict, words, loss, validation, more) => {
    const report = overfitting(history(loss, validation));
    expect(report).toMatchObject({ verdict, ...more });
    expect(String(report)).toMatch(new RegExp(`^${words}: validation loss`));
  });

  it('knows of values that are better when they are greater', () => {
    const [train, tested] = [falls.map((value) => 1 - value / 2), [0.6, 0.8, 0.88, 0.9, 0.86, 0.82, 0.78, 0.74, 0.7]];
    const report = overfitting(history(falls, tested, train), { metric: 'accuracy' });
    expect(report).toMatchObject({ verdict: 'overfitting', bestEpoch: 4, best: 0.9 });
    expect(report.gapAtEnd).toBeCloseTo(0.25, 12);
    expect(String(report)).toContain('validation accuracy was greatest in epoch 4 of 9');
    const slight = [0.6, 0.8, 0.88, 0.9, 0.9, 0.895, 0.89, 0.885, 0.88];
    expect(overfitting(history(falls, slight, train), { metric: 'accuracy' }).verdict).toBe('settled');
    expect(overfitting(history(falls, slight, train), { metric: 'accuracy', tolerance: 0 }).verdict).toBe('overfitting');
    expect(overfitting(history([1, 2], [1, 2]), { metric: 'loss', mode: 'max' }).verdict).toBe('improving');
  });

  it('reads the history of a run', async () => {
    const data = toyData(40);
    const model = nn.sequential([nn.dense(64, { activation: 'tanh' }), nn.dense(3)]);
    const y = Int32Array.from(data.y.data, (label, row) => (row % 4 === 0 ? (label + 1) % 3 : label));
    const options = { loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 0.03 }), metrics: [metrics.accuracy()], epochs: 80 };
    const run = await fit(model, { x: data.x, y }, { ...options, validationSplit: 0.5 });
    const report = overfitting(run);
    expect(report.verdict).toBe('overfitting');
    expect(report.bestEpoch).toBe(1 + run.validation!.loss.indexOf(Math.min(...run.validation!.loss)));
  });
});

describe('overfitting refuses', () => {
  const given = history([1, 2], [1, 2]);

  it.each<[string, () => unknown, string]>([
    ['something else', () => overfitting(3 as never), 'overfitting: expected the history of a run, found 3'],
    [
      'no validation',
      () => overfitting({ ...given, validation: undefined } as never),
      'the history has no validation; give fit validation',
    ],
    ['unknown metrics', () => overfitting(given, { metric: 'acuracy' }), 'the history has no "acuracy"; did you mean "accuracy"?'],
    ['no epochs', () => overfitting(history([], [])), 'expected numbers of one epoch or more for "loss", found no epoch'],
    ['nothing finite', () => overfitting(history([1, 2], [Number.NaN, Number.NaN])), 'for "loss", found none that is finite'],
    ['matrices', () => overfitting(history([[1]] as never, [[1]] as never)), 'found values that are no numbers'],
    ['negative tolerances', () => overfitting(given, { tolerance: -1 }), 'tolerance must be a number of 0 or more, found -1'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(OptionError);
    expect(call).toThrow(message);
  });
});
