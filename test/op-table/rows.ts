/**
 * The op table: one row an op, with the shapes and domains to try it on. A test fails if an op of
 * the registry has no row here.
 */

import { addon } from '../../src/native/addon.js';
import type { AttrValue, DType, NativeGraph } from '../../src/native/binding.js';
import { binary, type Case, type InputSpec, logical, REDUCTIONS, type Row, reducedLength, reduction, unary, view } from './row.js';

export const rows: readonly Row[] = [
  unary('neg', 'real'),
  unary('abs', 'real'),
  unary('sign', 'real'),
  unary('relu', 'real'),
  unary('exp', 'real', { ulps: 2 }),
  unary('expm1', 'small', { ulps: 3 }),
  unary('log', 'positive', { ulps: 2 }),
  unary('log1p', 'aboveMinusOne', { ulps: 3 }),
  unary('sqrt', 'positive'),
  unary('rsqrt', 'positive', { ulps: 2 }),
  unary('tanh', 'real', { ulps: 3 }),
  unary('sigmoid', 'real', { ulps: 4 }),
  unary('erf', 'real', { ulps: 3 }),
  unary('sin', 'real', { ulps: 2 }),
  unary('cos', 'real', { ulps: 2 }),
  unary('floor', 'offGrid'),
  unary('round', 'offGrid'),
  unary('reciprocal', 'real'),
  unary('isFinite', 'real', { differentiable: false }),
  { op: 'logicalNot', cases: [{ inputs: [{ shape: [17], domain: 'bool', dtype: 'bool' }] }], differentiable: false },
  unary('stopGradient', 'real', { differentiable: false }),
  binary('add', 'real', 'real'),
  binary('sub', 'real', 'real'),
  binary('mul', 'real', 'real'),
  binary('div', 'real', 'positive'),
  binary('maximum', 'real', 'real'),
  binary('minimum', 'real', 'real'),
  binary('pow', 'positive', 'real', { ulps: 4 }),
  binary('reluGradient', 'real', 'real'),
  ...['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'].map((op) =>
    binary(op, 'whole', 'whole', { differentiable: false }),
  ),
  logical('logicalAnd'),
  logical('logicalOr'),
  {
    op: 'where',
    cases: [[5], [17, 3], [0]].map((shape) => ({
      inputs: [
        { shape, domain: 'bool', dtype: 'bool' },
        { shape, domain: 'real' },
        { shape: shape.slice(-1), domain: 'real' },
      ],
    })),
  },
  {
    op: 'cast',
    cases: ['f32', 'f64', 'i32', 'bool'].map((dtype) => ({ inputs: [{ shape: [19], domain: 'offGrid' }], attrs: { dtype } })),
    differentiable: false,
  },
  reduction('sum', 'real', { terms: reducedLength }, [[[0, 3], [0], false]]),
  reduction('max', 'apart'),
  reduction('min', 'apart'),
  ...['any', 'all'].map(
    (op): Row => ({
      op,
      cases: [...REDUCTIONS, [[0, 3], [0], false] as (typeof REDUCTIONS)[number]].map(([shape, axes, keepDims]) => ({
        inputs: [{ shape, domain: 'bool', dtype: 'bool' }],
        attrs: { axes, keepDims },
      })),
      differentiable: false,
    }),
  ),
  ...['argmax', 'argmin'].map(
    (op): Row => ({
      op,
      cases: [
        [[7], 0],
        [[4, 5], 0],
        [[4, 5], -1],
        [[33, 17], 1],
        [[2, 3, 4], 1],
        [[5000], 0],
      ].map(([shape, axis]) => ({
        inputs: [{ shape: shape as number[], domain: 'apart' }],
        attrs: { axes: [axis as number], keepDims: false },
      })),
      differentiable: false,
    }),
  ),
  view('reshape', [
    [[6], { shape: [2, 3] }],
    [[1], { shape: [] }],
    [[0, 3], { shape: [3, 0] }],
    [[2, 3, 4], { shape: [4, 6] }],
  ]),
  view('transpose', [
    [[2, 3], { axes: [1, 0] }],
    [[2, 3, 4], { axes: [2, 0, 1] }],
    [[], { axes: [] }],
    [[33, 17], { axes: [1, 0] }],
  ]),
  view('broadcast', [
    [[3], { shape: [2, 3] }],
    [[2, 1, 3], { shape: [2, 4, 3] }],
    [[], { shape: [5] }],
    [[1, 3], { shape: [0, 3] }],
  ]),
  view('slice', [
    [[10], { begin: [2], end: [7] }],
    [[10], { begin: [1], end: [10], step: [3] }],
    [[4, 5], { begin: [1, 0], end: [3, 5] }],
    [[4, 5], { begin: [2, 2], end: [2, 4] }],
  ]),
  view('flip', [
    [[5], { axes: [0] }],
    [[3, 4], { axes: [1] }],
    [[3, 4], { axes: [0, 1] }],
  ]),
  view('unpack', [
    [[64], { offset: 16, shape: [3, 5] }],
    [[32], { offset: 0, shape: [32] }],
  ]),
  {
    op: 'concat',
    cases: [
      {
        inputs: [
          [2, 3],
          [4, 3],
        ].map(real),
        attrs: { axis: 0 },
      },
      {
        inputs: [
          [2, 3],
          [2, 1],
          [2, 2],
        ].map(real),
        attrs: { axis: -1 },
      },
      {
        inputs: [
          [0, 3],
          [2, 3],
        ].map(real),
        attrs: { axis: 0 },
      },
      { inputs: [real([7])], attrs: { axis: 0 } },
    ],
  },
  view('pad', [
    [[3], { low: [1], high: [2], value: 0.5 }],
    [[2, 3], { low: [0, 2], high: [1, 0], value: 0 }],
    [[0], { low: [2], high: [2], value: 1 }],
  ]),
  { op: 'pack', cases: [{ inputs: [[3, 5], [16], [1]].map(real) }, { inputs: [real([])] }] },
  {
    op: 'gather',
    cases: [
      { inputs: [real([5, 3]), index([4], 5)] },
      { inputs: [real([5]), index([2, 3], 5)] },
      { inputs: [real([7, 2, 3]), index([0], 7)] },
      { inputs: [real([1, 33]), index([17], 1)] },
    ],
  },
  {
    op: 'scatterAdd',
    terms: () => 17,
    cases: [
      { inputs: [index([4], 5), real([4, 3])], attrs: { rows: 5 } },
      { inputs: [index([17], 3), real([17])], attrs: { rows: 3 } },
      { inputs: [index([0], 3), real([0, 2])], attrs: { rows: 3 } },
    ],
  },
  { op: 'oneHot', cases: [{ inputs: [index([7], 4)], attrs: { classes: 4 } }], differentiable: false },
  { op: 'sort', cases: orderings() },
  { op: 'topK', cases: orderings({ k: 2 }) },
  {
    op: 'matmul',
    terms: (c) => c.inputs[0]!.shape.at(c.attrs?.transposeA ? -2 : -1)!,
    magnitude: (c) => 9 * c.inputs[0]!.shape.at(c.attrs?.transposeA ? -2 : -1)!,
    cases: products(),
  },
  { op: 'iota', cases: [{ inputs: [], attrs: { shape: [3, 4], axis: 1 }, ownDtype: true }], differentiable: false },
  ...(
    [
      ['randomUniform', { low: -1, high: 2 }],
      ['randomNormal', { mean: 0.5, deviation: 2 }],
    ] as [string, Record<string, AttrValue>][]
  ).map(([op, attrs]) => ({
    op,
    terms: () => 4,
    cases: [[0], [1], [5], [3, 7], [1000]].map((shape) => ({
      inputs: [{ shape: [], domain: 'whole' as const, dtype: 'i32' as const }],
      attrs: { ...attrs, key: 81985529216486895n, shape },
      ownDtype: true,
    })),
    differentiable: false,
  })),
  ...['softmax', 'logSoftmax'].map((op) => ({
    op,
    terms: (c: Case) => c.inputs[0]!.shape.at(-1)! + 4,
    cases: [[3], [1], [2, 10], [17, 3], [5, 33], [2, 3, 130], [0, 4], [4, 1]].map((shape) => ({ inputs: [real(shape)] })),
  })),
  {
    op: 'softmaxCrossEntropy',
    terms: (c: Case) => c.inputs[0]!.shape.at(-1)! + 4,
    cases: [
      { inputs: [real([16, 3]), index([16], 3)] },
      { inputs: [real([5, 10]), index([5], 10)], attrs: { ignoreIndex: 2 } },
      { inputs: [real([2, 3, 130]), index([2, 3], 130)] },
      { inputs: [real([0, 4]), index([0], 4)] },
    ],
  },
  {
    op: 'scan',
    terms: () => 20,
    cases: [6, 1, 0].map((length) => ({
      inputs: [real([3]), real([length, 3]), small([3, 3])],
      attrs: { carries: 1, xs: 1, length, reverse: false },
      regions: (dtype: DType) => [recurrence(dtype)],
    })),
  },
  {
    op: 'customGradient',
    ulps: 2,
    cases: [{ inputs: [real([5])], regions: (dtype: DType) => [tripled(dtype), tripledBackward(dtype)] }],
  },
];

function real(shape: readonly number[]): InputSpec {
  return { shape, domain: 'real' };
}

function small(shape: readonly number[]): InputSpec {
  return { shape, domain: 'small' };
}

function index(shape: readonly number[], limit: number): InputSpec {
  return { shape, domain: { index: limit }, dtype: 'i32', constant: true };
}

function orderings(extra: Record<string, AttrValue> = {}): Case[] {
  return [[5], [3, 7], [2, 2, 33], [2, 2]].flatMap((shape) =>
    [false, true].map((descending) => ({ inputs: [{ shape, domain: 'apart' as const }], attrs: { descending, ...extra } })),
  );
}

function products(): Case[] {
  const sizes = [
    [1, 1, 1],
    [1, 7, 33],
    [5, 3, 1],
    [16, 4, 16],
    [17, 100, 31],
    [6, 16, 0],
    [33, 49, 47],
    [2, 4100, 3],
  ] as const;
  const plain = sizes.flatMap(([m, k, n]) =>
    [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) => ({
        inputs: [real(transposeA ? [k, m] : [m, k]), real(transposeB ? [n, k] : [k, n])],
        attrs: { transposeA, transposeB },
      })),
    ),
  );
  const batched = [
    { inputs: [real([2, 3, 4]), real([2, 4, 5])] },
    { inputs: [real([2, 1, 3, 4]), real([3, 4, 5])] },
    { inputs: [real([4, 3, 2]), real([2, 7])] },
  ];
  return [...plain, ...batched];
}

/** carry' = tanh(carry · w + x); y = carry'. */
function recurrence(dtype: DType): NativeGraph {
  const g = addon.graph();
  const [carry, x, w] = [
    g.input('argument', 'carry', dtype, [3]),
    g.input('argument', 'x', dtype, [3]),
    g.input('argument', 'w', dtype, [3, 3]),
  ];
  const product = g.emit('reshape', [g.emit('matmul', [g.emit('reshape', [carry], { shape: [1, 3] }), w])], { shape: [3] });
  const next = g.emit('tanh', [g.emit('add', [product, x])]);
  g.output(next);
  g.output(next);
  return g;
}

function tripled(dtype: DType): NativeGraph {
  const g = addon.graph();
  const x = g.input('argument', 'x', dtype, [5]);
  g.output(g.emit('mul', [x, g.scalar(3, dtype)]));
  return g;
}

function tripledBackward(dtype: DType): NativeGraph {
  const g = addon.graph();
  g.input('argument', 'x', dtype, [5]);
  g.input('argument', 'y', dtype, [5]);
  const cotangent = g.input('argument', 'dy', dtype, [5]);
  g.output(g.emit('mul', [cotangent, g.scalar(3, dtype)]));
  return g;
}
