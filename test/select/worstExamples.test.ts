import { describe, expect, it } from 'vitest';
import { array, compile, losses, nn, predict, SlalomError, type Tensor, worstExamples } from '../../src/index.js';
import { greatest } from '../../src/select/greatest.js';
import { generator } from '../support/generator.js';
import { rejection, toyData, toyModel } from '../train/toy.js';

const data = toyData(300);
const loss = losses.crossEntropy({ reduction: 'none' });
const model = toyModel().build([4], { seed: 3 });

/** By sorting everything. */
function sorted(values: Float64Array, count: number, counts = (_: number) => true): number[] {
  return [...values.keys()]
    .filter(counts)
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, count);
}

describe('worstExamples', () => {
  it('finds the rows with the greatest loss', async () => {
    const { worst, losses: all } = await worstExamples(model, data, { loss, count: 7 });
    const logits = await predict(model, data.x);
    const expected = await compile((p: Tensor, t: Tensor) => loss(p, t))(logits, data.y);
    expect([...all]).toEqual([...expected.data]);
    expect(worst.map(({ row }) => row)).toEqual(sorted(all, 7));
    for (const { row, loss: value, x, target, prediction } of worst) {
      expect(value).toBe(expected.data[row]);
      expect(x.data).toEqual(data.x.slice(row, row + 1).data);
      expect(target.data).toEqual(data.y.slice(row, row + 1).data);
      expect(prediction.data).toEqual(logits.slice(row, row + 1).data);
    }
  });

  it('and those that are wrong with the greatest confidence', async () => {
    const { mostConfidentlyWrong } = await worstExamples(model, data, { loss, count: 5 });
    const p = (await compile((x: Tensor) => x.cast('f64').softmax())(await predict(model, data.x))).toArray() as number[][];
    const best = p.map((row) => row.indexOf(Math.max(...row)));
    const confidence = Float64Array.from(p, (row) => Math.max(...row));
    const wrong = sorted(confidence, 5, (row) => best[row] !== data.y.data[row]);
    expect(mostConfidentlyWrong.map(({ row }) => row)).toEqual(wrong);
    for (const { row, predicted, label, confidence: sure } of mostConfidentlyWrong) {
      expect([predicted, label, sure]).toEqual([best[row], data.y.data[row], confidence[row]]);
    }
  });

  it('does not depend on batches; all rows may be asked for', async () => {
    const whole = await worstExamples(model, data, { loss, count: 1000 });
    expect(whole.worst).toHaveLength(300);
    for (const batchSize of [1, 7, 299]) {
      const { worst, losses: all } = await worstExamples(model, data, { loss, count: 1000, batchSize });
      expect(all).toEqual(whole.losses);
      expect(worst.map(({ row }) => row)).toEqual(whole.worst.map(({ row }) => row));
    }
  });

  it('equals come in their order', async () => {
    const x = array(new Float32Array(80).fill(1), { shape: [20, 4] });
    const { worst } = await worstExamples(model, { x, y: new Int32Array(20) }, { loss, count: 4 });
    expect(worst.map(({ row }) => row)).toEqual([0, 1, 2, 3]);
  });

  it('of numbers: the mean over a row, and nothing is wrong', async () => {
    const y = array(
      Float32Array.from({ length: 900 }, (_, i) => i % 5),
      { shape: [300, 3] },
    );
    const {
      worst,
      losses: all,
      mostConfidentlyWrong,
    } = await worstExamples(model, { x: data.x, y }, { loss: losses.mse({ reduction: 'none' }) });
    const p = (await predict(model, data.x)).data;
    const expected = Float64Array.from({ length: 300 }, (_, row) =>
      [0, 1, 2].reduce((sum, c) => sum + (p[3 * row + c]! - y.data[3 * row + c]!) ** 2 / 3, 0),
    );
    expect(worst.map(({ row }) => row)).toEqual(sorted(all, 10));
    all.forEach((value, row) => {
      expect(value).toBeCloseTo(expected[row]!, 5);
    });
    expect(mostConfidentlyWrong).toEqual([]);
  });

  it('of single scores, logits or probabilities', async () => {
    const identity = nn.sequential([(x) => x]);
    const x = array([[2], [-3], [0], [4], [0.5]]);
    const y = array([[0], [1], [1], [1], [0]]);
    const single = losses.binaryCrossEntropy({ reduction: 'none' });
    const { mostConfidentlyWrong: wrong } = await worstExamples(identity, { x, y }, { loss: single });
    expect(wrong.map(({ row, predicted, label }) => [row, predicted, label])).toEqual([
      [1, 0, 1],
      [0, 1, 0],
      [4, 1, 0],
      [2, 0, 1],
    ]);
    expect(wrong[0]!.confidence).toBeCloseTo(1 / (1 + Math.exp(-3)), 12);
    const given = { x: array([[0.9], [0.2]]), y: array([[0], [0]]) };
    const squares = Object.assign((p: Tensor, t: Tensor) => p.sub(t).square(), { targets: single.targets! });
    const soft = await worstExamples(identity, given, { loss: squares, logits: false });
    expect(soft.mostConfidentlyWrong.map(({ row, confidence }) => [row, Math.fround(confidence)])).toEqual([[0, Math.fround(0.9)]]);
  });

  it('ignores what the loss ignores', async () => {
    const y = Int32Array.from(data.y.data, (label, row) => (row % 2 ? -1 : label));
    const ignoring = losses.crossEntropy({ reduction: 'none', ignoreIndex: -1 });
    const { mostConfidentlyWrong } = await worstExamples(model, { x: data.x, y }, { loss: ignoring, count: 300 });
    expect(mostConfidentlyWrong.length).toBeGreaterThan(0);
    expect(mostConfidentlyWrong.every(({ row }) => row % 2 === 0)).toBe(true);
  });
});

it('the greatest are exact, with ties', () => {
  const random = generator(8);
  const values = Float64Array.from({ length: 2000 }, () => Math.floor(random() * 50));
  for (const count of [1, 2, 17, 1999, 2000, 5000]) expect([...greatest(values, count, () => true)]).toEqual(sorted(values, count));
  const even = (row: number) => row % 2 === 0;
  expect([...greatest(values, 30, even)]).toEqual(sorted(values, 30, even));
});

describe('worstExamples refuses', () => {
  it.each<[string, unknown, object, string]>([
    [
      'losses of the whole',
      data,
      { loss: losses.crossEntropy() },
      "the loss is f32[] for 256 rows; expected one or more numbers a row: use reduction: 'none'",
    ],
    ['no loss', data, {}, 'worstExamples: loss must be a loss'],
    ['losses that give no tensor', data, { loss: () => 3 }, 'worstExamples: the loss function must return a tensor'],
    ['a count of 0', data, { loss, count: 0 }, 'count must be a whole number of 1 or more, found 0'],
    ['labels out of range', { x: data.x, y: new Int32Array(300).fill(9) }, { loss }, 'y holds the label 9 in row 0'],
    ['unknown options', data, { loss, counts: 3 }, 'unknown option "counts"; did you mean "count"?'],
    ['no data', 3, { loss }, 'worstExamples: data must be an object { x, y }, found 3'],
  ])('%s', async (_, given, options, message) => {
    const error = await rejection(worstExamples(model, given as never, options as never));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
    expect(error.stack).toContain('worstExamples.test.ts');
  });

  it('to go on when the signal fires', async () => {
    const error = await rejection(worstExamples(model, data, { loss, signal: AbortSignal.abort(new Error('enough')) }));
    expect(error.message).toBe('enough');
  });
});
