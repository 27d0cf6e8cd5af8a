/** Ops that losses and optimizers use and users have no need of. */

import { currentRegion } from './region.js';
import type { Tensor } from './tensor.js';

/**
 * −log softmax(logits)[label] of every row: logits `[…, classes]`, i32 labels `[…]`. 0 where the
 * label is `ignoreIndex`; other labels out of range fail when the program runs.
 */
export function softmaxCrossEntropy(logits: Tensor, labels: Tensor, ignoreIndex?: number): Tensor {
  return currentRegion().emit('softmaxCrossEntropy', [logits, labels], ignoreIndex === undefined ? {} : { ignoreIndex });
}

/** Tensors of one dtype as one vector, laid out as `Trace.readPacked` lays out variables. */
export function pack(tensors: readonly Tensor[]): Tensor {
  return currentRegion().emit('pack', tensors, {});
}

/** One of them out of that vector again. */
export function unpack(packed: Tensor, offset: number, shape: readonly number[]): Tensor {
  return currentRegion().emit('unpack', [packed], { offset, shape });
}
