/** Layers that prepare data against scikit-learn, in f64 and, from the same f64 columns, in f32. */

import { describe, expect, it } from 'vitest';
import { array, type Module, type NDArray, nn, predict, type Tensor } from '../../src/index.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { fixture, numbers, type Values } from './fixtures.js';

type Strategy = 'mean' | 'median' | 'mostFrequent';

interface Case {
  readonly name: string;
  readonly columns: number;
  readonly x: Values;
  readonly mean: Values;
  readonly scale: Values;
  readonly standardized: Values;
  readonly min: Values;
  readonly max: Values;
  readonly ranges: readonly { readonly range: readonly [number, number]; readonly scaled: Values }[];
  readonly fills: Record<Strategy, Values>;
  readonly filled: Values;
  readonly indicator: Values;
}

interface OneHotCase {
  readonly name: string;
  readonly columns: number;
  readonly x: Values;
  readonly categories: readonly Values[];
  readonly rows: Values;
  readonly encoded: Values;
}

type Large = Record<'mean' | 'scale' | 'min' | 'max' | 'median' | 'mostFrequent', Values> & { readonly rows: number };

const { cases, clipped, oneHot, large } = fixture<{
  cases: readonly Case[];
  clipped: { readonly x: Values; readonly rows: Values; readonly scaled: Values };
  oneHot: readonly OneHotCase[];
  large: Large;
}>('preprocess');

const STRATEGIES = ['mean', 'median', 'mostFrequent'] as const;
const EPSILON = { f32: 2 ** -24, f64: 2 ** -53 } as const;

const table = (values: Values, columns: number) => {
  const data = Float64Array.from(numbers(values));
  return array(data, { shape: [data.length / columns, columns] });
};

/** Greatest |x| of a column. */
function greatest(x: NDArray, column: number): number {
  const columns = x.shape[1]!;
  return Array.from(x.data).reduce((most, value, i) => (i % columns === column && Math.abs(value) > most ? Math.abs(value) : most), 0);
}

type Layer = Module<[x: Tensor], Tensor>;

/** Behind a layer that leaves NaN as it is: what makes NaN welcome, and visible. */
const MARK = 99;
const marked = (layer: Layer, dtype: 'f32' | 'f64' = 'f64') =>
  nn.sequential([layer, nn.impute({ strategy: 'constant', value: MARK })], { dtype });
const mark = (values: Values) => numbers(values).map((value) => (Number.isNaN(value) ? MARK : value));

async function fitted<L extends Layer>(layer: L, x: NDArray, dtype: 'f32' | 'f64' = 'f64'): Promise<L> {
  layer.dtype = dtype;
  return layer.adapt(x);
}

const data = (layer: Layer, name: string) => [...layer.state()[name]!.data];

/** `tolerance` by column. */
function expectNear(actual: ArrayLike<number>, expected: Values, tolerance: (column: number) => number, columns: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, e] of numbers(expected).entries()) {
    if (Number.isNaN(e)) expect(actual[i]).toBeNaN();
    else expect(Math.abs(actual[i]! - e), `entry ${i}: ${actual[i]}, expected ${e}`).toBeLessThanOrEqual(tolerance(i % columns));
  }
}

describe.each(cases)('$name', (one) => {
  const x = table(one.x, one.columns);
  const rows = x.shape[0]!;
  const size = (column: number) => greatest(x, column);
  /** What rounding |x| once makes of a number in units of `unit`. */
  const rounding = (unit: Values) => (column: number) => (8 * EPSILON.f64 * size(column)) / numbers(unit)[column]! + 8 * EPSILON.f64;

  it('has the mean and the deviation of StandardScaler', async () => {
    const layer = nn.standardize();
    await marked(layer).adapt(x);
    expectNear(data(layer, 'mean'), one.mean, (column) => reductionTolerance('f64', rows, size(column)), one.columns);
    const scale = numbers(one.scale);
    expectNear(
      data(layer, 'scale'),
      one.scale,
      (column) => reductionTolerance('f64', rows, scale[column]!) + scale[column]! * ((EPSILON.f64 * size(column)) / scale[column]!) ** 2,
      one.columns,
    );
  });

  it.each(['f64', 'f32'] as const)('is standardized in %s', async (dtype) => {
    const made = await predict(await marked(nn.standardize(), dtype).adapt(x), x);
    expect(made.dtype).toBe(dtype);
    const tolerance = rounding(one.scale);
    const root = Math.sqrt(rows);
    expectNear(made.data, mark(one.standardized), (column) => tolerance(column) + 2 * root * EPSILON[dtype], one.columns);
  });

  it('has the extremes of MinMaxScaler', async () => {
    const layer = nn.minMax();
    await marked(layer).adapt(x);
    expect(data(layer, 'min').map((value) => value + 0)).toEqual(numbers(one.min).map((value) => value + 0));
    const span = numbers(one.max).map((value, i) => value - numbers(one.min)[i]!);
    expect(data(layer, 'span')).toEqual(span.map((value) => value || 1));
  });

  it.each(one.ranges.flatMap((ends) => (['f64', 'f32'] as const).map((dtype) => ({ ...ends, dtype }))))(
    'is scaled to $range in $dtype',
    async ({ range, scaled, dtype }) => {
      const layer = nn.minMax({ range });
      const model = await marked(layer, dtype).adapt(x);
      const width = range[1] - range[0];
      const tolerance = rounding(data(layer, 'span'));
      // MinMaxScaler takes spans below 10 roundings of 1 for 0.
      const kept = data(layer, 'span').map((span) => span >= 10 * Number.EPSILON);
      const made = [...(await predict(model, x)).data];
      const compared = (values: ArrayLike<number>) => Array.from(values, (value, i) => (kept[i % one.columns] ? value : 0));
      expectNear(compared(made), compared(mark(scaled)), (column) => width * tolerance(column) + 4 * width * EPSILON[dtype], one.columns);
    },
  );

  it.each(STRATEGIES)('has the %s of SimpleImputer', async (strategy) => {
    const layer = await fitted(nn.impute({ strategy }), x);
    const exact = strategy !== 'mean';
    expectNear(
      data(layer, 'fill'),
      one.fills[strategy],
      (column) => (exact ? 0 : reductionTolerance('f64', rows, size(column))),
      one.columns,
    );
  });

  it('is filled, and says where', async () => {
    const layer = await fitted(nn.impute({ strategy: 'median', indicator: true }), x);
    const made = await predict(layer, x);
    const parts = Array.from({ length: rows }, (_, row) => made.slice(row, row + 1).data);
    expect(parts.flatMap((row) => [...row.slice(0, one.columns)])).toEqual(numbers(one.filled));
    expect(parts.flatMap((row) => [...row.slice(one.columns)])).toEqual(numbers(one.indicator));
  });
});

it('minMax with clip stays in its range', async () => {
  const layer = await fitted(nn.minMax({ range: [-1, 1], clip: true }), table(clipped.x, 2));
  expectNear((await predict(layer, table(clipped.rows, 2))).data, clipped.scaled, () => 8 * EPSILON.f64, 2);
});

describe.each(oneHot)('one-hot: $name', ({ columns, x, categories, rows, encoded }) => {
  const make = () => nn.oneHot({ handleUnknown: 'ignore', missing: 'category' });

  it('has the categories of OneHotEncoder', async () => {
    const layer = await fitted(make(), table(x, columns));
    expect(data(layer, 'categories')).toEqual(numbers(categories.flat()));
    expect(data(layer, 'counts')).toEqual(categories.map(({ length }) => length));
  });

  it.each(['f64', 'f32'] as const)('encodes in %s', async (dtype) => {
    const made = await predict(await fitted(make(), table(x, columns), dtype), table(rows, columns));
    expect(made.dtype).toBe(dtype);
    expect([...made.data]).toEqual(numbers(encoded));
  });

  it('encodes by given categories', async () => {
    const layer = nn.oneHot({ categories: categories.map(numbers), handleUnknown: 'ignore', missing: 'category' });
    layer.dtype = 'f64';
    expect([...(await predict(layer, table(rows, columns))).data]).toEqual(numbers(encoded));
  });
});

describe('400,000 rows in several blocks', () => {
  const values = new Float64Array(large.rows * 3);
  for (let i = 0; i < large.rows; i++) {
    values[3 * i] = 1e8 + ((i * 7919) % 10007) / 1024;
    values[3 * i + 1] = i % 13 === 0 ? Number.NaN : (i * i) % 997;
    values[3 * i + 2] = i / large.rows;
  }
  const x = array(values, { shape: [large.rows, 3] });

  it('have the statistics of scikit-learn', async () => {
    const standard = await marked(nn.standardize()).adapt(x);
    expectNear(data(standard, 'layers.0.mean'), large.mean, (column) => reductionTolerance('f64', large.rows, greatest(x, column)), 3);
    const scale = numbers(large.scale);
    expectNear(data(standard, 'layers.0.scale'), large.scale, (column) => reductionTolerance('f64', large.rows, scale[column]!), 3);
    const extremes = await marked(nn.minMax()).adapt(x);
    expect(data(extremes, 'layers.0.min')).toEqual(numbers(large.min));
    for (const strategy of ['median', 'mostFrequent'] as const) {
      expect(data(await fitted(nn.impute({ strategy }), x), 'fill'), strategy).toEqual(numbers(large[strategy]));
    }
  });
});
