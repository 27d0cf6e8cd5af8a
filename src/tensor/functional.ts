/**
 * The methods of `Tensor` as functions, for operands that may be numbers, arrays or variables
 * (`sub(1, x)`), and what joins several tensors. Each does what the method of its name says.
 */

import { OptionError } from '../errors.js';
import { checkArgument, finite, integer, oneOf, shape as shapeRule } from '../options.js';
import { DTYPES, type DType } from './dtype.js';
import type { Axes, NormOptions, ReduceOptions, VarianceOptions } from './methods/reduce.js';
import type { PadOptions, Range } from './methods/shape.js';
import { currentRegion } from './region.js';
import type { MatmulOptions, Operand, Sorted, SortOptions, Tensor } from './tensor.js';

type Unary = (x: Operand) => Tensor;
type Binary = (a: Operand, b: Operand) => Tensor;

/** An operand as a tensor of the present trace. */
export function tensor(value: Operand, dtype?: DType): Tensor {
  return currentRegion().tensor(value, dtype);
}

const binary =
  (
    op:
      | 'add'
      | 'sub'
      | 'mul'
      | 'div'
      | 'pow'
      | 'maximum'
      | 'minimum'
      | 'equal'
      | 'notEqual'
      | 'less'
      | 'lessEqual'
      | 'greater'
      | 'greaterEqual',
  ): Binary =>
  (a, b) =>
    currentRegion(`${op}()`).emit(op, [a, b], {});

export const neg: Unary = (x) => tensor(x).neg();
export const abs: Unary = (x) => tensor(x).abs();
export const sign: Unary = (x) => tensor(x).sign();
export const exp: Unary = (x) => tensor(x).exp();
export const expm1: Unary = (x) => tensor(x).expm1();
export const log: Unary = (x) => tensor(x).log();
export const log1p: Unary = (x) => tensor(x).log1p();
export const sqrt: Unary = (x) => tensor(x).sqrt();
export const rsqrt: Unary = (x) => tensor(x).rsqrt();
export const square: Unary = (x) => tensor(x).square();
export const tanh: Unary = (x) => tensor(x).tanh();
export const sigmoid: Unary = (x) => tensor(x).sigmoid();
export const erf: Unary = (x) => tensor(x).erf();
export const sin: Unary = (x) => tensor(x).sin();
export const cos: Unary = (x) => tensor(x).cos();
export const floor: Unary = (x) => tensor(x).floor();
export const ceil: Unary = (x) => tensor(x).ceil();
export const round: Unary = (x) => tensor(x).round();
export const reciprocal: Unary = (x) => tensor(x).reciprocal();
const isFiniteNumber: Unary = (x) => tensor(x).isFinite();
const isNotANumber: Unary = (x) => tensor(x).isNaN();

export { isFiniteNumber as isFinite, isNotANumber as isNaN };
export const not: Unary = (x) => tensor(x).not();
export const relu: Unary = (x) => tensor(x).relu();
export const stopGradient: Unary = (x) => tensor(x).stopGradient();

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
export const pow = binary('pow');
export const maximum = binary('maximum');
export const minimum = binary('minimum');
export const equal = binary('equal');
export const notEqual = binary('notEqual');
export const less = binary('less');
export const lessEqual = binary('lessEqual');
export const greater = binary('greater');
export const greaterEqual = binary('greaterEqual');
export const and: Binary = (a, b) => tensor(a).and(b);
export const or: Binary = (a, b) => tensor(a).or(b);

/** a where the bool condition holds, else b. The gradient flows to the chosen one only. */
export function where(condition: Operand, a: Operand, b: Operand): Tensor {
  return currentRegion('where()').emit('where', [condition, a, b], {});
}

export const clip = (x: Operand, low: number, high: number): Tensor => tensor(x).clip(low, high);
export const cast = (x: Operand, dtype: DType): Tensor => tensor(x).cast(dtype);

type Reduction = (x: Operand, axes?: Axes, options?: ReduceOptions) => Tensor;

export const sum: Reduction = (x, axes, options) => tensor(x).sum(axes, options);
export const mean: Reduction = (x, axes, options) => tensor(x).mean(axes, options);
export const max: Reduction = (x, axes, options) => tensor(x).max(axes, options);
export const min: Reduction = (x, axes, options) => tensor(x).min(axes, options);
export const any: Reduction = (x, axes, options) => tensor(x).any(axes, options);
export const all: Reduction = (x, axes, options) => tensor(x).all(axes, options);
export const logsumexp: Reduction = (x, axes, options) => tensor(x).logsumexp(axes, options);
export const variance = (x: Operand, axes?: Axes, options?: VarianceOptions): Tensor => tensor(x).variance(axes, options);
export const std = (x: Operand, axes?: Axes, options?: VarianceOptions): Tensor => tensor(x).std(axes, options);
export const norm = (x: Operand, axes?: Axes, options?: NormOptions): Tensor => tensor(x).norm(axes, options);
export const argmax = (x: Operand, axis?: number, options?: ReduceOptions): Tensor => tensor(x).argmax(axis, options);
export const argmin = (x: Operand, axis?: number, options?: ReduceOptions): Tensor => tensor(x).argmin(axis, options);
export const softmax = (x: Operand, axis?: number): Tensor => tensor(x).softmax(axis);
export const logSoftmax = (x: Operand, axis?: number): Tensor => tensor(x).logSoftmax(axis);

export const reshape = (x: Operand, shape: readonly number[]): Tensor => tensor(x).reshape(shape);
export const flatten = (x: Operand, from?: number): Tensor => tensor(x).flatten(from);
export const transpose = (x: Operand, axes?: readonly number[]): Tensor => tensor(x).transpose(axes);
export const swapAxes = (x: Operand, a: number, b: number): Tensor => tensor(x).swapAxes(a, b);
export const squeeze = (x: Operand, axes?: number | readonly number[]): Tensor => tensor(x).squeeze(axes);
export const expandDims = (x: Operand, at: number): Tensor => tensor(x).expandDims(at);
export const broadcastTo = (x: Operand, shape: readonly number[]): Tensor => tensor(x).broadcastTo(shape);
export const slice = (x: Operand, ...ranges: readonly Range[]): Tensor => tensor(x).slice(...ranges);
export const flip = (x: Operand, axes?: number | readonly number[]): Tensor => tensor(x).flip(axes);
export const pad = (x: Operand, padding: readonly (number | readonly [number, number])[], options?: PadOptions): Tensor =>
  tensor(x).pad(padding, options);
export const split = (x: Operand, pieces: number | readonly number[], along?: number): Tensor[] => tensor(x).split(pieces, along);

export const matmul = (a: Operand, b: Operand, options?: MatmulOptions): Tensor => tensor(a).matmul(b, options);
export const gather = (source: Operand, index: Operand): Tensor => tensor(source).gather(index);
export const scatterAdd = (update: Operand, index: Operand, rows: number): Tensor => tensor(update).scatterAdd(index, rows);
export const oneHot = (labels: Operand, classes: number): Tensor => tensor(labels, 'i32').oneHot(classes);
export const sort = (x: Operand, options?: SortOptions): Sorted => tensor(x).sort(options);
export const topK = (x: Operand, k: number, options?: SortOptions): Sorted => tensor(x).topK(k, options);

/** Tensors one after the other along an axis. Default axis 0. */
export function concat(tensors: readonly Operand[], axis = 0): Tensor {
  requireSome('concat', tensors);
  return currentRegion('concat()').emit('concat', tensors, { axis: checkArgument('concat', 'axis', axis, integer()) });
}

/** Tensors of one shape along a new axis. Default axis 0. */
export function stack(tensors: readonly Operand[], axis = 0): Tensor {
  requireSome('stack', tensors);
  return concat(
    tensors.map((x) => tensor(x).expandDims(axis)),
    axis,
  );
}

/** 0, 1, 2, … along an axis of a shape. Default axis −1, dtype i32. */
export function iota(shape: readonly number[], axis = -1, dtype: DType = 'i32'): Tensor {
  checkArgument('iota', 'shape', shape, shapeRule());
  checkArgument('iota', 'dtype', dtype, oneOf(...DTYPES));
  return currentRegion('iota()').emit('iota', [], { shape, axis: checkArgument('iota', 'axis', axis, integer()), dtype });
}

/** 0, 1, …, count − 1. Default dtype i32. */
export function arange(count: number, dtype: DType = 'i32'): Tensor {
  return iota([checkArgument('arange', 'count', count, integer(0))], 0, dtype);
}

/** One number everywhere. Default dtype f32. */
export function full(shape: readonly number[], value: number, dtype: DType = 'f32'): Tensor {
  checkArgument('full', 'value', value, dtype === 'f32' || dtype === 'f64' ? anyNumber : finite());
  return tensor(value, checkArgument('full', 'dtype', dtype, oneOf(...DTYPES))).broadcastTo(shape);
}

export const zeros = (shape: readonly number[], dtype?: DType): Tensor => full(shape, 0, dtype);
export const ones = (shape: readonly number[], dtype?: DType): Tensor => full(shape, 1, dtype);
export const zerosLike = (x: Operand): Tensor => fullLike(x, 0);
export const onesLike = (x: Operand): Tensor => fullLike(x, 1);

/** One number everywhere, with the shape and dtype of another tensor. */
export function fullLike(x: Operand, value: number): Tensor {
  const { shape, dtype } = tensor(x);
  return full(shape, value, dtype);
}

const anyNumber = { expected: 'a number', accepts: (value: unknown) => typeof value === 'number' };

function requireSome(where: string, tensors: readonly Operand[]): void {
  if (Array.isArray(tensors) && tensors.length > 0) return;
  throw new OptionError(`${where}: expected an array of at least one tensor`, { op: where });
}
