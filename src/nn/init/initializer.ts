/** What initialisers share: the key of a draw, fans, checks. */

import { OptionError } from '../../errors.js';
import { addon } from '../../native/addon.js';
import type { Addon } from '../../native/binding.js';
import { converted } from '../../native/errors.js';
import { ARRAYS, sizeOf } from '../../tensor/dtype.js';
import { array, NDArray } from '../../tensor/ndarray.js';
import type { InitContext, Initializer } from '../../tensor/variable.js';

export type { InitContext, Initializer };

/** Names a parameter's draw: the same (seed, path) gives the same values in any order of construction. */
function keyOf({ seed, path }: InitContext): bigint {
  return addon.randomKey(seed, path, 0);
}

/** Values of a kind from the parameter's own draw: see `random` of the addon. */
export function draw(kind: Parameters<Addon['random']>[0], context: InitContext, first: number, second: number): NDArray {
  const { dtype, shape } = context;
  return new NDArray(converted(() => addon.random(kind, keyOf(context), dtype, shape, first, second)));
}

/** One number everywhere. */
export function fill({ dtype, shape }: InitContext, value: number): NDArray {
  const [element] = array(value, { dtype }).data;
  return new NDArray({ dtype, shape: Object.freeze([...shape]), values: new ARRAYS[dtype](sizeOf(shape)).fill(element!) });
}

export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/**
 * Inputs that one output sums over, and outputs that one input reaches. Weights are stored
 * `[…receptive field, in, out]`, so both count the receptive field: a dense weight `[in, out]`
 * has fans in and out, a convolution `[kh, kw, in, out]` has kh·kw·in and kh·kw·out. A vector
 * has its length for both.
 */
export function fansOf(shape: readonly number[]): Fans {
  if (shape.length < 2) return { fanIn: shape[0] ?? 1, fanOut: shape[0] ?? 1 };
  const field = sizeOf(shape.slice(0, -2));
  return { fanIn: field * shape.at(-2)!, fanOut: field * shape.at(-1)! };
}

export function requireRange(where: string, low: number, high: number): void {
  if (low > high) throw new OptionError(`${where}: low must not be above high, found ${low} and ${high}`, { op: where });
}
