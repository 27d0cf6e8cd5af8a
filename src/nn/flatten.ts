import { ShapeError } from '../errors.js';
import type { Tensor } from '../tensor/tensor.js';
import { Module } from './module.js';

/** See `flatten`. */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    if (x.rank === 0) throw new ShapeError('nn.flatten: the input must have a batch axis, found a scalar', { op: 'nn.flatten' });
    return x.rank === 1 ? x.expandDims(1) : x.flatten(1);
  }
}

/** All axes after the batch axis as one: `[batch, …] → [batch, features]`. */
export function flatten(): Flatten {
  return new Flatten();
}
