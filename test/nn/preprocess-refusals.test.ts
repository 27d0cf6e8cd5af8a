/** Layers that prepare data: options and data that they refuse. */

import { describe, expect, it } from 'vitest';
import { array, nn, predictSync } from '../../src/index.js';
import { rejection } from '../train/toy.js';

const NAN = Number.NaN;

describe('options and data that are refused', () => {
  const mistakes: readonly [() => unknown, string][] = [
    [() => nn.standardize({ axis: 1 } as never), 'nn.standardize: unknown option "axis"; did you mean "axes"?'],
    [() => nn.standardize({ axes: [0] }), 'axes must be an array of different axes, whole numbers other than 0'],
    [() => nn.standardize({ axes: [-1, -1] }), 'axes must be'],
    [() => nn.minMax({ range: [1, 1] }), 'range must be two numbers [low, high], low below high'],
    [() => nn.minMax({ range: [0, NAN] }), 'range must be'],
    [() => nn.impute({ strategy: 'mode' as never }), 'strategy must be one of "mean", "median", "mostFrequent", "constant", found "mode"'],
    [() => nn.impute({ value: 3 }), 'value belongs to the strategy "constant", found strategy "mean"'],
    [() => nn.impute({ strategy: 'constant', value: NAN }), 'value must be a finite number, found NaN'],
    [() => nn.oneHot({ categories: [[1, 1]] }), 'categories must be an array of one list of different numbers for each feature'],
    [() => nn.oneHot({ categories: [] }), 'categories must be'],
    [() => nn.oneHot({ categories: [[NAN]] }), "NaN as a category needs missing: 'category'"],
    [() => nn.oneHot({ handleUnknown: 'zeros' as never }), 'handleUnknown must be one of "error", "ignore"'],
    [() => nn.columns([]), 'nn.columns: expected an array of one or more groups { columns, apply }, found an array of 0'],
    [() => nn.columns([{ columns: [] }]), 'nn.columns: groups[0]: columns must be an array of one or more different whole numbers'],
    [() => nn.columns([{ columns: [0, 0] }]), 'nn.columns: groups[0]: columns must be'],
    [() => nn.columns([{ columns: [0], layer: nn.oneHot() } as never]), 'nn.columns: groups[0]: unknown option "layer"'],
    [() => nn.columns([{ columns: [0], apply: 3 as never }]), 'apply must be a layer or a function of tensors, found 3'],
  ];
  it.each(mistakes.map(([make, message]) => ({ make, message })))('$message', ({ make, message }) => {
    expect(make).toThrow(message);
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['nothing', async () => nn.standardize().adapt([]), 'model.adapt: expected rows along the first axis, found shape [0]'],
    ['a number', async () => nn.standardize().adapt(3), 'model.adapt: expected rows along the first axis, found shape []'],
    [
      'rows that are numbers',
      async () => nn.standardize().adapt(new Float32Array(3)),
      'nn.standardize: the input must have rows along the first axis',
    ],
    ['ragged rows', async () => nn.standardize().adapt([[1, 2], [3]]), 'the nesting is ragged: row 1 is 1 entry'],
    [
      'NaN',
      async () =>
        nn.standardize().adapt([
          [1, 2],
          [3, NAN],
        ]),
      'model.adapt: x holds NaN in row 1, column 1; expected finite numbers',
    ],
    ['an infinity', async () => nn.impute().adapt([[NAN, -Infinity]]), 'model.adapt: x holds -Infinity in row 0, column 1'],
    [
      'a later row',
      async () =>
        nn.minMax().adapt(
          array(
            Float32Array.from({ length: 600_000 }, (_, i) => (i === 599_999 ? NAN : i)),
            { shape: [300_000, 2] },
          ),
        ),
      'x holds NaN in row 299999, column 1',
    ],
    [
      'a column of NaN',
      async () =>
        nn.impute().adapt([
          [1, NAN],
          [2, NAN],
        ]),
      'nn.impute cannot be fitted: column 1 has no number, only NaN; leave it out, or use the strategy "constant"',
    ],
    [
      'numbers without a variance',
      async () => nn.sequential([nn.standardize()], { dtype: 'f64' }).adapt([[1e200], [-1e200]]),
      'nn.standardize in layers.0 cannot be fitted: column 0 holds numbers that are too large for a variance',
    ],
    [
      'numbers too far apart',
      async () => nn.minMax().adapt([[1.5e308], [-1.5e308]]),
      'nn.minMax cannot be fitted: column 0 holds numbers that are too far apart',
    ],
    [
      'other axes',
      async () => nn.standardize({ axes: [2] }).adapt([[1, 2]]),
      'nn.standardize: the input must have the axes 2, each once and after the axis of rows, found shape [1, 2]',
    ],
    [
      'fewer columns',
      async () => nn.sequential([nn.columns([{ columns: [0, 1] }, { columns: [0, 3], apply: nn.standardize() }])]).adapt([[1, 2]]),
      'nn.columns in layers.0: the input must have rows and 4 features or more along its last axis, found shape [1, 2]',
    ],
  ])('data: %s', async (_, call, message) => {
    const error = await rejection(call());
    expect(error.message).toContain(message);
    expect(error.code).toMatch(/DATA|SHAPE/);
  });

  it.each([
    ['nn.standardize', () => nn.standardize()],
    ['nn.minMax', () => nn.minMax()],
    ['nn.impute', () => nn.impute()],
    ['nn.oneHot', () => nn.oneHot()],
  ] as const)('%s names its path and width for inputs of another', async (name, make) => {
    const model = await nn.sequential([(x) => x, make()]).adapt([[1, 2]]);
    expect(() => predictSync(model, [[1, 2, 3]])).toThrow(
      new RegExp(`^${name} in layers\\.1: the input must have (rows and )?2 features along its last axis, found shape \\[1, 3\\]$`),
    );
  });
});
