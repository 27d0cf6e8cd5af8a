/** Gradient clipping, and the test that no step may commit without. */

import { OptionError } from '../errors.js';
import { optional, positive, type Rules } from '../options.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Trace } from '../tensor/trace.js';

export interface ClipOptions {
  /** Gradients are multiplied by min(1, clipNorm / norm), norm being that of all gradients together. */
  readonly clipNorm?: number;
  /** Every element of a gradient is brought into [−clipValue, clipValue]. */
  readonly clipValue?: number;
}

export const clipRules = { clipNorm: optional(positive()), clipValue: optional(positive()) } satisfies Rules<ClipOptions>;

export function checkClip(where: string, { clipNorm, clipValue }: ClipOptions): void {
  if (clipNorm !== undefined && clipValue !== undefined)
    throw new OptionError(`${where}: clipNorm and clipValue exclude each other`, { op: where });
}

/** Above it squares are taken of gradients made smaller, by a power of two so that no bit changes. */
const LARGE = 2 ** 40;
const SHRINK = 2 ** -80;

/** √Σ g² over all gradients, without overflow. `greatest` is max |g|. */
function norm(gradients: readonly Tensor[], greatest: Tensor): Tensor {
  const scale = greatest.greater(LARGE).select(SHRINK, 1).cast(greatest.dtype);
  const squares = gradients.map((gradient) => gradient.mul(scale).square().sum());
  return squares
    .reduce((sum, square) => sum.add(square))
    .sqrt()
    .div(scale);
}

interface Clipped {
  readonly gradients: readonly Tensor[];
  /** max |g| of the clipped gradients. */
  readonly greatest: Tensor;
}

export function clip(gradients: readonly Tensor[], greatest: Tensor, { clipNorm, clipValue }: ClipOptions): Clipped {
  if (clipValue !== undefined) {
    return { gradients: gradients.map((gradient) => gradient.clip(-clipValue, clipValue)), greatest: greatest.minimum(clipValue) };
  }
  if (clipNorm === undefined) return { gradients, greatest };
  // Where the norm is 0 the quotient is infinite and the minimum 1.
  const factor = norm(gradients, greatest).reciprocal().mul(clipNorm).minimum(1);
  return { gradients: gradients.map((gradient) => gradient.mul(factor)), greatest: greatest.mul(factor) };
}

/** Room for what rules add up over steps: momentum up to 0.999. */
const HEADROOM = 1024;

/**
 * Commits wait until the loss and every gradient are finite, and until neither the square of a
 * gradient nor a step can overflow. So the values that are assigned need no test of their own,
 * which would keep them from being written in place. `raw` is max |g| before clipping.
 */
export function guardStep(trace: Trace, loss: Tensor, raw: Tensor, { greatest }: Clipped, lr: Tensor): void {
  const bound = greatest.mul(greatest.maximum(lr.mul(HEADROOM)));
  const finite = loss.isFinite().and(bound.isFinite());
  // The bound is finite only where what it is made of is.
  trace.guard(raw === greatest ? finite : finite.and(raw.isFinite()));
}
