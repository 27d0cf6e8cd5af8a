/**
 * The methods of `Tensor` as functions, for operands that may be numbers, arrays or variables
 * (`sub(1, x)`), and what joins several tensors. Each does what the method of its name says.
 */

import { OptionError } from '../errors.js';
import { checkArgument, finite, integer, oneOf, shape as shapeRule } from '../options.js';
import { DTYPES, type DType } from './dtype.js';
import type { Range } from './methods/shape.js';
import { currentRegion } from './region.js';
import type { Operand, Sorted, Tensor } from './tensor.js';

type Binary = (a: Operand, b: Operand) => Tensor;

/** An operand as a tensor of the present trace; `op` is for errors. */
export function tensor(value: Operand, dtype?: DType, op?: string): Tensor {
  return currentRegion(op && `${op}()`).tensor(value, dtype, op);
}

type Method = {
  [K in keyof Tensor]: Tensor[K] extends (...args: never[]) => Tensor | readonly Tensor[] | Sorted ? K : never;
}[keyof Tensor];

/** A method as a function, of that name, of what it is a method of and of what it takes. */
function method<K extends Method>(name: K): (x: Operand, ...args: Parameters<Tensor[K]>) => ReturnType<Tensor[K]> {
  const call = (x: Operand, ...args: Parameters<Tensor[K]>): ReturnType<Tensor[K]> => {
    const self = tensor(x, undefined, name);
    return (self[name] as (...args: Parameters<Tensor[K]>) => ReturnType<Tensor[K]>).apply(self, args);
  };
  return Object.defineProperty(call, 'name', { value: name });
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

export const neg = method('neg');
export const abs = method('abs');
export const sign = method('sign');
export const exp = method('exp');
export const expm1 = method('expm1');
export const log = method('log');
export const log1p = method('log1p');
export const sqrt = method('sqrt');
export const rsqrt = method('rsqrt');
export const square = method('square');
export const tanh = method('tanh');
export const sigmoid = method('sigmoid');
export const erf = method('erf');
export const sin = method('sin');
export const cos = method('cos');
export const floor = method('floor');
export const ceil = method('ceil');
export const round = method('round');
export const reciprocal = method('reciprocal');
const isFiniteNumber = method('isFinite');
const isNotANumber = method('isNaN');

export { isFiniteNumber as isFinite, isNotANumber as isNaN };
export const not = method('not');
export const relu = method('relu');
export const stopGradient = method('stopGradient');

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
export const and = method('and');
export const or = method('or');

/** a where the bool condition holds, else b. The gradient flows to the chosen one only. */
export function where(condition: Operand, a: Operand, b: Operand): Tensor {
  return currentRegion('where()').emit('where', [condition, a, b], {});
}

export const clip = method('clip');
export const cast = method('cast');

export const sum = method('sum');
export const mean = method('mean');
export const max = method('max');
export const min = method('min');
export const any = method('any');
export const all = method('all');
export const logsumexp = method('logsumexp');
export const variance = method('variance');
export const std = method('std');
export const norm = method('norm');
export const argmax = method('argmax');
export const argmin = method('argmin');
export const softmax = method('softmax');
export const logSoftmax = method('logSoftmax');

export const reshape = method('reshape');
export const flatten = method('flatten');
export const transpose = method('transpose');
export const swapAxes = method('swapAxes');
export const squeeze = method('squeeze');
export const expandDims = method('expandDims');
export const broadcastTo = method('broadcastTo');
export const slice = (x: Operand, ...ranges: readonly Range[]): Tensor => tensor(x, undefined, 'slice').slice(...ranges);
export const flip = method('flip');
export const pad = method('pad');
export const split = method('split');

export const matmul = method('matmul');
export const gather = method('gather');
export const scatterAdd = method('scatterAdd');
export const oneHot = (labels: Operand, classes: number): Tensor => tensor(labels, 'i32', 'oneHot').oneHot(classes);
export const sort = method('sort');
export const topK = method('topK');

/** Tensors one after the other along an axis. Default axis 0. */
export function concat(tensors: readonly Operand[], axis = 0): Tensor {
  requireSome('concat', tensors);
  return currentRegion('concat()').emit('concat', tensors, { axis: checkArgument('concat', 'axis', axis, integer()) });
}

/** Tensors of one shape along a new axis. Default axis 0. */
export function stack(tensors: readonly Operand[], axis = 0): Tensor {
  requireSome('stack', tensors);
  return concat(
    tensors.map((x) => tensor(x, undefined, 'stack').expandDims(axis)),
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
  const { shape, dtype } = tensor(x, undefined, 'fullLike');
  return full(shape, value, dtype);
}

const anyNumber = { expected: 'a number', accepts: (value: unknown) => typeof value === 'number' };

function requireSome(where: string, tensors: readonly Operand[]): void {
  if (Array.isArray(tensors) && tensors.length > 0) return;
  throw new OptionError(`${where}: expected an array of at least one tensor`, { op: where });
}
