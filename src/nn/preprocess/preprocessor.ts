/** The base of layers that prepare data. */

import { isFloat } from '../../tensor/dtype.js';
import type { Tensor } from '../../tensor/tensor.js';
import { Module, modelDType } from '../module.js';
import { markSame } from './origin.js';
import type { InputTraits, Preparation } from './preparation.js';
import { reach } from './probe.js';

/** A layer that prepares data, in front of those that train. */
export abstract class Preprocessor extends Module {
  forward(x: Tensor): Tensor {
    const numbers = isFloat(x.dtype) ? x : x.cast(modelDType());
    markSame(numbers, x);
    reach(this, numbers);
    const prepared = this.transform(numbers);
    if (this.keepsFeatures) markSame(prepared, numbers);
    return prepared;
  }

  abstract override inputTraits(): InputTraits;
  abstract override preparation(): Preparation | undefined;

  /** The first features of the output are those of the input. */
  protected get keepsFeatures(): boolean {
    return true;
  }

  /** What the layer makes of f32 or f64. */
  protected abstract transform(x: Tensor): Tensor;
}

/**
 * x − shift in the dtype of the model. A shift of f64 is subtracted from f32 in two parts, so that
 * what is left of great numbers that are close together is exact.
 */
export function centred(x: Tensor, shift: Tensor): Tensor {
  if (x.dtype === 'f64') return x.sub(shift);
  const high = shift.cast('f32');
  return x.sub(high).sub(shift.sub(high.cast('f64')).cast('f32'));
}

/** The least f32 that is not a denormal. */
const TINY = 1.1754943508222875e-38;

/** A divisor of f64, above 0, beside x. */
export function divisor(scale: Tensor, x: Tensor): Tensor {
  return x.dtype === 'f64' ? scale : scale.cast('f32').maximum(TINY);
}
