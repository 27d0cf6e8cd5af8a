/** Which axes of an input keep statistics of their own, and inputs in the shapes that follow. */

import { formatShape, ShapeError } from '../../errors.js';
import { checkArgument, custom, type Rule } from '../../options.js';
import type { Tensor } from '../../tensor/tensor.js';
import { currentTrace } from '../../tensor/trace.js';
import type { Variable } from '../../tensor/variable.js';

const isAxes = (value: unknown) =>
  Array.isArray(value) && value.every((axis) => Number.isInteger(axis) && axis !== 0) && new Set(value).size === value.length;

export const axesRule = (): Rule<readonly number[]> =>
  custom('an array of different axes, whole numbers other than 0 (the axis of rows)', isAxes);

/** The axes of an input that keep statistics of their own. */
export class Axes {
  constructor(
    private readonly layer: string,
    private readonly given: readonly number[],
  ) {
    checkArgument(layer, 'axes', given, axesRule());
  }

  /** Sizes of the kept axes: the shape of the statistics. Throws `ShapeError` if x has not these axes. */
  shape(x: Tensor): number[] {
    return this.#kept(x).map((axis) => x.shape[axis]!);
  }

  /** Rows of kept features: [everything else, features]. */
  matrix(x: Tensor): Tensor {
    const kept = this.#kept(x);
    const others = x.shape.flatMap((_, axis) => (kept.includes(axis) ? [] : [axis]));
    const features = kept.reduce((product, axis) => product * x.shape[axis]!, 1);
    const order = [...others, ...kept];
    const turned = order.every((axis, i) => axis === i) ? x : x.transpose(order);
    return turned.reshape([x.size / features, features]);
  }

  /** A statistic as it lies beside x. Throws `ShapeError` if x has another number of features. */
  beside(statistic: Variable, x: Tensor): Tensor {
    const kept = this.#kept(x);
    const shape = kept.map((axis) => x.shape[axis]!);
    if (statistic.defined && !same(statistic.shape, shape)) {
      const axes = this.given.length === 1 && this.given[0] === -1 ? 'along its last axis' : `along the axes ${this.given.join(', ')}`;
      throw this.#unfit(`${statistic.shape.join(' × ') || 'no'} features ${axes}`, x);
    }
    const value = statistic.define(shape).read();
    return value.reshape(x.shape.map((size, axis) => (kept.includes(axis) ? size : 1)));
  }

  #kept(x: Tensor): number[] {
    if (x.rank < 2) throw this.#unfit('rows along the first axis and features along the last', x);
    const kept = this.given.map((axis) => (axis < 0 ? axis + x.rank : axis)).sort((a, b) => a - b);
    if (kept.every((axis, i) => axis > 0 && axis < x.rank && axis !== kept[i - 1])) return kept;
    throw this.#unfit(`the axes ${this.given.join(', ')}, each once and after the axis of rows`, x);
  }

  #unfit(expected: string, x: Tensor): ShapeError {
    return unfit(this.layer, expected, x);
  }
}

/** The input of a layer has not the shape that it needs. */
export function unfit(layer: string, expected: string, { shape }: Tensor): ShapeError {
  const { scope } = currentTrace();
  const found = formatShape(shape);
  return new ShapeError(`${layer}${scope && ` in ${scope}`}: the input must have ${expected}, found shape ${found}`, {
    op: layer,
    path: scope,
    expected,
    found,
  });
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}
