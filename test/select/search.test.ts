import { describe, expect, it } from 'vitest';
import {
  crossValidate,
  fit,
  gridSearch,
  losses,
  metrics,
  NonFiniteError,
  nn,
  optim,
  randomSearch,
  SlalomError,
  space,
  type Tensor,
} from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from '../train/toy.js';

const data = toyData(80);
const model = ({ units }: { units: number }) => nn.sequential([nn.dense(units, { activation: 'tanh' }), nn.dense(3)]);
const run = ({ lr }: { lr: number }) => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr }), epochs: 9, batchSize: 16 });
const options = () => ({ folds: 2, fit: run, metrics: [metrics.accuracy()] as const });
/** Grows past all bounds for rates like 1e30. */
const squares = (prediction: Tensor) => prediction.square().mean();
const grid = { units: [2, 8], lr: [1e-4, 1e-2, 0.05] } as const;

describe('gridSearch', () => {
  it('tries every combination and trains the best on all data', async () => {
    const found = await gridSearch(model, data, { ...options(), grid });
    expect(found.results).toHaveLength(6);
    expect(found.results.map(({ score }) => score)).toEqual(found.results.map(({ score }) => score).sort((a, b) => a - b));
    expect(found.best).toBe(found.results[0]);
    const { parameters } = found.best;
    const { scores } = await crossValidate(() => model(parameters), data, { ...options(), fit: () => run(parameters) });
    expect(found.best.scores).toEqual(scores);
    expect(found.best.score).toBe(scores.loss.mean);
    const alone = model(parameters);
    const history = await fit(alone, data, { ...run(parameters), seed: 0 });
    expect(weights(found.model!)).toEqual(weights(alone));
    expect(found.history!.loss).toEqual(history.loss);
  });

  it('ranks by a metric, the greater the better, equals in the order of the grid', async () => {
    const found = await gridSearch(() => toyModel(), data, {
      ...options(),
      grid: { lr: [0, 0, 0.05] },
      monitor: 'accuracy',
      refit: false,
    });
    expect(found.best.parameters.lr).toBe(0.05);
    expect(found.best.score).toBe(found.best.scores!.accuracy.mean);
    expect(found.model).toBeUndefined();
    expect(String(found)).toMatch(/^rank +lr +loss +accuracy\n1 +0.05 /);
  });

  it('is the same whatever runs at a time', async () => {
    const search = async (parallel: number) => {
      const { results, model: best } = await gridSearch(model, data, { ...options(), grid, parallel, shuffle: true, seed: 3 });
      return { results, weights: weights(best!) };
    };
    const one = await search(1);
    for (const parallel of [2, 5]) expect(await search(parallel)).toEqual(one);
  });

  it('records configurations that fail and goes on', async () => {
    const found = await gridSearch(() => toyModel(), data, {
      ...options(),
      grid: { lr: [1e30, 0.01, 1e31] },
      fit: ({ lr }) => ({ loss: lr < 1 ? losses.crossEntropy() : squares, optimizer: optim.sgd({ lr }), epochs: 20 }),
    });
    expect(found.results.map(({ parameters }) => parameters.lr)).toEqual([0.01, 1e30, 1e31]);
    const [best, first] = found.results;
    expect(best!.error).toBeUndefined();
    expect(first!.error).toBeInstanceOf(NonFiniteError);
    expect(first!.error!.message).toContain('gridSearch: { lr: 1e+30 }, fold 1 of 2: fit: step');
    expect(first!.score).toBeNaN();
    expect(String(found)).toContain('not finite');
  });

  it('rejects when all fail, with the first failure', async () => {
    const search = gridSearch(() => toyModel(), data, {
      ...options(),
      grid: { lr: [1e30, 1e31] },
      fit: ({ lr }) => ({ loss: squares, optimizer: optim.sgd({ lr }), epochs: 20 }),
    });
    const error = await rejection(search);
    expect(error).toBeInstanceOf(NonFiniteError);
    expect(error.message).toMatch(
      /^gridSearch: all 2 configurations failed; the first: gridSearch: { lr: 1e\+30 }, fold 1 of 2: fit: step/,
    );
  });

  it('rejects for any other error, with the configuration and the fold', async () => {
    const error = await rejection(gridSearch(model, data, { ...options(), grid: { units: [3, 0], lr: [0.1] } }));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain('gridSearch: { units: 0, lr: 0.1 }, fold 1 of 2: nn.dense: units must be');
    expect(error.stack).toContain('search.test.ts');
  });

  it('reports results as they come, and what runs are for', async () => {
    const seen: number[] = [];
    const folds: (number | undefined)[][] = [];
    await gridSearch(() => toyModel(), data, {
      ...options(),
      grid: { lr: [0.01, 0.02] },
      parallel: 1,
      fit: (parameters, { fold, train, test }) => {
        folds.push([fold, train.x.shape[0], test?.x.shape[0]]);
        return run(parameters);
      },
      onResult: ({ parameters }) => void seen.push(parameters.lr),
    });
    expect(seen).toEqual([0.01, 0.02]);
    expect(folds).toEqual([
      [1, 40, 40],
      [2, 40, 40],
      [1, 40, 40],
      [2, 40, 40],
      [0, 80, undefined],
    ]);
  });
});

describe('successive halving', () => {
  it('gives the better third three times the epochs', async () => {
    const epochs: number[] = [];
    const found = await gridSearch(() => toyModel(), data, {
      ...options(),
      parallel: 1,
      grid: { lr: [1e-5, 1e-4, 1e-3, 0.003, 0.01, 0.02, 0.03, 0.05, 0.08] },
      halving: { resource: 'epochs', max: 9 },
      fit: (parameters) => ({ ...run(parameters), onEpoch: ({ epoch }) => void epochs.push(epoch) }),
    });
    expect(found.rounds).toEqual([
      { candidates: 9, resource: 1 },
      { candidates: 3, resource: 3 },
      { candidates: 1, resource: 9 },
    ]);
    expect(found.results.map(({ round }) => round)).toEqual([3, 2, 2, 1, 1, 1, 1, 1, 1]);
    expect(found.best.resource).toBe(9);
    expect(found.history!.epochs).toBe(9);
    expect(epochs).toHaveLength(9 * 2 + 3 * 2 * 3 + 2 * 9 + 9);
    expect(String(found)).toMatch(/^rank +lr +epochs +loss/);
  });

  it('by rows trains on ever more of the same ones', async () => {
    const rows: number[] = [];
    const found = await randomSearch(() => toyModel(), data, {
      ...options(),
      parallel: 1,
      space: { lr: space.logUniform(1e-3, 0.1) },
      trials: 4,
      halving: { resource: 'rows', factor: 2 },
      fit: (parameters, { train }) => {
        rows.push(train.x.shape[0]!);
        return run(parameters);
      },
    });
    expect(found.rounds.map(({ candidates, resource }) => [candidates, resource])).toEqual([
      [4, 10],
      [2, 20],
      [1, 40],
    ]);
    expect(rows).toEqual([...Array(8).fill(10), ...Array(4).fill(20), 40, 40, 80]);
  });

  it('drops failures for good', async () => {
    const found = await gridSearch(() => toyModel(), data, {
      ...options(),
      grid: { lr: [1e30, 1e31, 0.01, 1e32] },
      halving: { resource: 'epochs', factor: 2, max: 4 },
      fit: ({ lr }) => ({ loss: lr < 1 ? losses.crossEntropy() : squares, optimizer: optim.sgd({ lr }) }),
    });
    expect(found.best).toMatchObject({ parameters: { lr: 0.01 }, round: 3 });
    expect(found.results.slice(1).every(({ error }) => error)).toBe(true);
  });
});

describe('randomSearch', () => {
  const drawn = async (seed: number, extra: object = {}) => {
    const { results } = await randomSearch((p) => model({ units: p.units }), data, {
      ...options(),
      seed,
      trials: 5,
      refit: false,
      parallel: 1,
      space: {
        units: space.integer(2, 5),
        lr: space.logUniform(1e-3, 1e-1),
        act: space.choice('a', 'b'),
        fixed: 7,
        u: space.uniform(-1, 1),
        ...extra,
      },
    });
    return results.map(({ parameters }) => parameters);
  };

  it('draws by the seed', async () => {
    const first = await drawn(1);
    expect(await drawn(1)).toEqual(first);
    expect(await drawn(2)).not.toEqual(first);
    for (const { units, lr, act, fixed, u } of first) {
      expect([2, 3, 4, 5]).toContain(units);
      expect(lr).toBeGreaterThanOrEqual(1e-3);
      expect(lr).toBeLessThanOrEqual(1e-1);
      expect(['a', 'b']).toContain(act);
      expect(fixed).toBe(7);
      expect(Math.abs(u)).toBeLessThanOrEqual(1);
    }
    expect(new Set(first.map(({ lr }) => lr)).size).toBe(5);
  });

  it('another name beside them changes no draw', async () => {
    const units = (list: readonly { units: number; lr: number }[]) => new Map(list.map(({ lr, units: n }) => [lr, n]));
    expect(units(await drawn(1, { more: space.uniform(0, 1) }))).toEqual(units(await drawn(1)));
  });

  it('draws every value of a distribution', () => {
    const values = (from: { at(u: number): unknown }) => [0, 0.25, 0.5, 0.75, 1 - 2 ** -53].map((u) => from.at(u));
    expect(values(space.integer(3, 6))).toEqual([3, 4, 5, 6, 6]);
    expect(values(space.choice('a', 'b'))).toEqual(['a', 'a', 'b', 'b', 'b']);
    expect(values(space.uniform(-1, 1)).slice(0, 4)).toEqual([-1, -0.5, 0, 0.5]);
    expect(values(space.logUniform(1, 1e4))[2]).toBeCloseTo(100, 9);
    expect(values(space.integer(4, 4))).toEqual([4, 4, 4, 4, 4]);
  });
});

describe('searches refuse', () => {
  it.each<[string, object, string]>([
    ['no grid', { grid: undefined }, 'gridSearch: grid must be an object of lists'],
    ['an empty grid', { grid: {} }, 'grid must be an object of lists, one or more values a name'],
    ['empty lists', { grid: { lr: [] } }, 'grid must be an object of lists'],
    ['values that are no list', { grid: { lr: 3 } }, 'grid must be an object of lists'],
    ['monitors that are not there', { monitor: 'acuracy' }, 'there is no value "acuracy" to monitor; did you mean "accuracy"?'],
    ['halving of nothing', { halving: { resource: 'time' } }, 'gridSearch: halving: resource must be one of "epochs", "rows"'],
    ['halving by epochs without an end', { halving: { resource: 'epochs' } }, 'halving by epochs needs max'],
    ['halving by one', { halving: { resource: 'epochs', max: 3, factor: 1 } }, 'factor must be a whole number of 2 or more'],
    ['halving upside down', { halving: { resource: 'epochs', max: 3, min: 4 } }, 'min must not be above max, found 4 and 3'],
    ['more rows than there are', { halving: { resource: 'rows', max: 41 } }, 'max is 41, but the smallest training part has 40 rows'],
    ['unknown options of halving', { halving: { resource: 'rows', facto: 3 } }, 'unknown option "facto"; did you mean "factor"?'],
  ])('%s', async (_, more, message) => {
    const error = await rejection(gridSearch(model as never, data, { ...options(), grid, ...more } as never));
    expect(error).toBeInstanceOf(SlalomError);
    expect(error.message).toContain(message);
  });

  it.each<[string, object, string]>([
    ['no space', { space: {} }, 'randomSearch: space must be an object of distributions'],
    ['no trials', { trials: 0 }, 'trials must be a whole number of 1 or more'],
  ])('%s', async (_, more, message) => {
    const search = randomSearch(model as never, data, { ...options(), space: { lr: space.uniform(0, 1) }, ...more } as never);
    expect((await rejection(search)).message).toContain(message);
  });

  it.each<[string, () => unknown, string]>([
    ['ends upside down', () => space.uniform(1, 0), 'space.uniform: low must not be above high, found 1 and 0'],
    ['logarithms of 0', () => space.logUniform(0, 1), 'space.logUniform: low must be a number above 0, found 0'],
    ['fractions of whole numbers', () => space.integer(0.5, 3), 'space.integer: low must be a whole number'],
    ['a choice of nothing', () => space.choice(), 'space.choice: expected one value or more'],
  ])('%s', (_, call, message) => {
    expect(call).toThrow(message);
  });

  it('to go on when the signal fires', async () => {
    const controller = new AbortController();
    const search = gridSearch(() => toyModel(), data, {
      ...options(),
      grid: { lr: [0.01, 0.02] },
      signal: controller.signal,
      onResult: () => controller.abort(new Error('enough')),
    });
    expect((await rejection(search)).message).toBe('enough');
  });
});
