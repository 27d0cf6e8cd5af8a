/** Which columns of a model's input the features of a tensor are, as far as that is known: for errors. */

import type { Tensor } from '../../tensor/tensor.js';

const origins = new WeakMap<Tensor, readonly number[]>();

/** The input of a model, whose rows are lists of features. */
export function markInput(x: Tensor): void {
  if (x.rank === 2) origins.set(x, [...Array(x.shape[1]!).keys()]);
}

/** Features of `from` in the order of a list. */
export function markPicked(x: Tensor, from: Tensor, features: readonly number[]): void {
  const origin = origins.get(from);
  if (origin)
    origins.set(
      x,
      features.map((feature) => origin[feature]!),
    );
}

/** The first features of x are those of `from`. */
export function markSame(x: Tensor, from: Tensor): void {
  const origin = origins.get(from);
  if (origin) origins.set(x, origin);
}

/** The column of the model's input that a feature is. */
export function columnOf(x: Tensor, feature: number): number | undefined {
  return origins.get(x)?.[feature];
}

/** A feature of a layer's input as an error names it. */
export function nameFeature(column: number | undefined, feature: number): string {
  return column === undefined ? `feature ${feature}` : `column ${column}`;
}
