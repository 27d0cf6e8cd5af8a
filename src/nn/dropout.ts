import { checkArgument, numberIn } from '../options.js';
import { uniform } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { currentTrace } from '../tensor/trace.js';
import { Module } from './module.js';

/** See `dropout`. */
export class Dropout extends Module {
  readonly rate: number;

  constructor(rate: number) {
    super();
    this.rate = checkArgument('nn.dropout', 'rate', rate, numberIn(0, 1, 'high'));
  }

  forward(x: Tensor): Tensor {
    if (this.rate === 0 || !currentTrace().training) return x;
    const keep = 1 - this.rate;
    const kept = uniform(x.shape, { dtype: x.dtype === 'f64' ? 'f64' : 'f32' }).less(keep);
    return kept.select(x.mul(1 / keep), 0);
  }
}

/**
 * Sets a random part of the elements to 0 in training and divides the others by 1 − rate, so that
 * the expected value stays (inverted dropout: Srivastava et al. 2014). In inference it is the
 * identity. The mask depends on the seed, the layer path and the step. `0 ≤ rate < 1`.
 */
export function dropout(rate: number): Dropout {
  return new Dropout(rate);
}
