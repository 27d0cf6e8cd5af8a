/** What a row of the op table says, and rows of a kind. */

import type { AttrValue, DType, NativeGraph } from '../../src/native/binding.js';
import type { Domain } from './sampler.js';

export interface InputSpec {
  readonly shape: readonly number[];
  readonly domain: Domain;
  /** Default: the dtype under test. */
  readonly dtype?: DType;
  /** True: not differentiated. */
  readonly constant?: boolean;
}

export interface Case {
  readonly inputs: readonly InputSpec[];
  readonly attrs?: Record<string, AttrValue>;
  /** True: the op takes the dtype under test as an attribute. */
  readonly ownDtype?: boolean;
  readonly regions?: (dtype: DType) => NativeGraph[];
}

export interface Row {
  readonly op: string;
  readonly cases: readonly Case[];
  /** Units in the last place that an f32 kernel may be off per element; default 1 (correctly rounded or a move). */
  readonly ulps?: number;
  /** Number of terms that an element sums, for the tolerance; replaces `ulps`. */
  readonly terms?: (c: Case) => number;
  /** Sum of the absolute terms, for `terms`; default 3 a term. */
  readonly magnitude?: (c: Case) => number;
  /** False: results are constant for the chain rule. */
  readonly differentiable?: boolean;
  /** dtype under test; default f32 (against f64). */
  readonly dtype?: DType;
}

const LENGTHS = [0, 1, 2, 7, 8, 9, 15, 16, 17, 33, 255, 257];

const unaryCases = (domain: Domain): Case[] => [
  ...LENGTHS.map((n) => ({ inputs: [{ shape: [n], domain }] })),
  { inputs: [{ shape: [], domain }] },
  { inputs: [{ shape: [3, 1, 5], domain }] },
];

export const unary = (op: string, domain: Domain, options: Partial<Row> = {}): Row => ({ op, cases: unaryCases(domain), ...options });

const BROADCASTS: [number[], number[]][] = [
  [[5], [5]],
  [[], [4]],
  [
    [3, 1],
    [1, 4],
  ],
  [[17, 3], [3]],
  [
    [2, 1, 3],
    [5, 1],
  ],
  [[0, 3], [3]],
  [[1], [1]],
  [
    [33, 17],
    [33, 1],
  ],
];

export const binary = (op: string, left: Domain, right: Domain, options: Partial<Row> = {}): Row => ({
  op,
  cases: BROADCASTS.map(([a, b]) => ({
    inputs: [
      { shape: a, domain: left },
      { shape: b, domain: right },
    ],
  })),
  ...options,
});

export const logical = (op: string): Row => ({
  op,
  cases: BROADCASTS.map(([a, b]) => ({
    inputs: [
      { shape: a, domain: 'bool', dtype: 'bool' },
      { shape: b, domain: 'bool', dtype: 'bool' },
    ],
  })),
  differentiable: false,
});

export const REDUCTIONS: [number[], number[], boolean][] = [
  [[7], [0], false],
  [[], [], false],
  [[4, 5], [0], false],
  [[4, 5], [1], true],
  [[33, 17], [0], false],
  [[33, 17], [-1], false],
  [[3, 1, 5], [0, 2], false],
  [[2, 3, 4], [], false],
  [[2, 3, 4], [0, 1], true],
  [[5000], [0], false],
  [[9000, 3], [0], false],
  [[1, 3], [0], false],
];

export const reduction = (op: string, domain: Domain, options: Partial<Row> = {}, extra: [number[], number[], boolean][] = []): Row => ({
  op,
  cases: [...REDUCTIONS, ...extra].map(([shape, axes, keepDims]) => ({ inputs: [{ shape, domain }], attrs: { axes, keepDims } })),
  ...options,
});

export const reducedLength = (c: Case): number => {
  const shape = c.inputs[0]!.shape;
  const axes = c.attrs!.axes as number[];
  const all = axes.length === 0 ? shape.map((_, i) => i) : axes;
  return all.reduce((product, axis) => product * shape.at(axis)!, 1);
};

export const view = (op: string, cases: [number[], Record<string, AttrValue>][], options: Partial<Row> = {}): Row => ({
  op,
  cases: cases.map(([shape, attrs]) => ({ inputs: [{ shape, domain: 'real' }], attrs })),
  ...options,
});
