/** The same bad inputs for every function that takes data: each refuses them in its own name, on the caller's line. */

import { describe, expect, it } from 'vitest';
import { array, evaluate, fit, losses, optim, predict, predictSync, SlalomError } from '../../src/index.js';
import { rejection, toyData, toyModel, weights } from '../train/toy.js';

const { x, y } = toyData(10);
const loss = losses.crossEntropy();

const functions: [string, (model: ReturnType<typeof toyModel>, x: never) => unknown][] = [
  ['fit', (model, x) => fit(model, { x, y }, { loss, optimizer: optim.sgd() })],
  ['evaluate', (model, x) => evaluate(model, { x, y }, { loss })],
  ['predict', (model, x) => predict(model, x)],
  ['predictSync', (model, x) => predictSync(model, x)],
];

const withValue = (value: number, dtype: 'f32' | 'f64' = 'f32') => {
  const cells = (dtype === 'f64' ? Float64Array : Float32Array).from(x.data);
  cells[26] = value;
  return array(cells, { shape: [10, 4] });
};
const detached = () => {
  const row = new Float32Array(4);
  structuredClone(row.buffer, { transfer: [row.buffer] });
  return [row];
};

const inputs: [string, () => unknown, Partial<SlalomError>, string][] = [
  ['NaN', () => withValue(Number.NaN), { code: 'DATA', row: 6, column: 2 }, 'x holds NaN in row 6, column 2; expected finite numbers'],
  ['Infinity', () => withValue(Number.POSITIVE_INFINITY), { code: 'DATA', row: 6, column: 2 }, 'x holds Infinity in row 6, column 2'],
  ['-Infinity in f64', () => withValue(Number.NEGATIVE_INFINITY, 'f64'), { code: 'DATA', row: 6 }, 'x holds -Infinity in row 6, column 2'],
  [
    'what f32 cannot hold',
    () => withValue(-1e300, 'f64'),
    { code: 'DATA', row: 6 },
    'x holds -1e+300 in row 6, column 2; too large for the f32',
  ],
  ['nothing', () => undefined, { code: 'DATA' }, 'x is missing, found undefined'],
  ['null', () => null, { code: 'DATA' }, 'x is missing, found null'],
  ['a number', () => 3, { code: 'SHAPE' }, 'x is a single number'],
  ['text', () => 'rows', { code: 'DATA' }, 'expected a number, found "rows"'],
  ['a Map', () => new Map(), { code: 'DATA' }, 'expected a number, found a Map'],
  ['no rows', () => [], { code: 'DATA' }, 'x is empty, its shape is [0]'],
  ['no columns', () => [[], []], { code: 'DATA' }, 'x is empty, its shape is [2, 0]'],
  ['an empty NDArray', () => array(new Float32Array(0), { shape: [10, 0] }), { code: 'DATA' }, 'x is empty, its shape is [10, 0]'],
  [
    'ragged rows',
    () => [
      [1, 2, 3, 4],
      [1, 2, 3],
    ],
    { code: 'DATA', row: 1 },
    'row 1 is 3 entries, expected 4 entries',
  ],
  [
    'rows too deep',
    () => [
      [1, 2],
      [1, [2]],
    ],
    { code: 'DATA', row: 1 },
    'ragged',
  ],
  ['a missing row', () => [[1, 2, 3, 4], undefined], { code: 'DATA', row: 1 }, 'row 1 is undefined'],
  ['a hole', () => [[1, 2, 3, null]], { code: 'DATA', row: 0 }, 'expected a number at [0, 3], found null'],
  ['numbers as text', () => [['1', '2', '3', '4']], { code: 'DATA', row: 0 }, 'found "1"; parse it first'],
  ['big integers', () => [[1n, 2n, 3n, 4n]], { code: 'DATA', row: 0 }, 'convert it with Number(…)'],
  ['numbers and booleans', () => [[1, 2, 3, true]], { code: 'DATA', row: 0 }, 'found true'],
  ['64-bit integers', () => new BigInt64Array(4), { code: 'DTYPE' }, '64-bit integers do not fit a dtype'],
  ['a buffer', () => new ArrayBuffer(16), { code: 'DTYPE' }, 'wrap it'],
  ['a shared buffer', () => new SharedArrayBuffer(16), { code: 'DTYPE' }, 'wrap it'],
  ['a DataView', () => new DataView(new ArrayBuffer(16)), { code: 'DTYPE' }, 'a DataView is not supported'],
  ['a list as long as lists can be', () => new Array(2 ** 32 - 1), { code: 'DATA', row: 0 }, 'found undefined'],
  ['a transferred row', detached, { code: 'DATA' }, 'x is empty, its shape is [1, 0]'],
];

describe.each(functions)('%s refuses', (where, call) => {
  it.each(inputs)('%s', async (_, input, fields, message) => {
    const model = toyModel().build([4], { seed: 1 });
    const before = weights(model);
    const error = await rejection((async () => call(model, input() as never))());
    expect(error).toBeInstanceOf(SlalomError);
    expect(error).toMatchObject(fields);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(new RegExp(`^(${where}|array): `));
    expect(error.stack!.split('\n')[1]).toContain('columns.test.ts');
    expect(weights(model)).toEqual(before);
    await call(model, x as never);
  });
});

describe('data objects', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'data must be an object { x, y }, found undefined'],
    ['an array', [x, y], 'data must be an object { x, y }, found an array of 2'],
    ['an NDArray', x, 'data must be an object { x, y }, found a'],
    ['a misspelt field', { x, Y: y }, 'data has an unknown field "Y"; did you mean "y"?'],
    ['one row less', { x, y: y.slice(1) }, 'x has 10 rows and y has 9; expected as many'],
  ])('of fit and evaluate cannot be %s', async (_, data, message) => {
    const model = toyModel();
    const errors = [
      rejection(fit(model, data as never, { loss, optimizer: optim.sgd() })),
      rejection(evaluate(model, data as never, { loss })),
    ];
    for (const error of await Promise.all(errors)) expect(error.message).toContain(message);
  });

  it.each<[string, object, string]>([
    ['labels', { x, y: y.data.map(() => 3) }, 'validation.y holds the label 3 in row 0'],
    ['NaN', { x: withValue(Number.NaN), y }, 'validation.x holds NaN in row 6, column 2'],
    ['rows', { x, y: y.slice(1) }, 'validation.x has 10 rows and validation.y has 9'],
    ['fields', { x, targets: y }, 'validation has an unknown field "targets"'],
    ['features', { x: [[1, 2, 3]], y: [0] }, 'the input must have 4 features along its last axis, found shape [1, 3]'],
  ])('for validation are checked before the first step: %s', async (_, validation, message) => {
    const model = toyModel().build([4], { seed: 1 });
    const before = weights(model);
    const error = await rejection(fit(model, { x, y }, { loss, optimizer: optim.sgd(), validation: validation as never }));
    expect(error.message).toContain(message);
    expect(weights(model)).toEqual(before);
  });
});
