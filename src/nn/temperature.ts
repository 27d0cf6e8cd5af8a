import { checkArgument, positive } from '../options.js';
import type { Tensor } from '../tensor/tensor.js';
import { Variable } from '../tensor/variable.js';
import { constant } from './init/index.js';
import { Module } from './module.js';

/** See `temperature`. */
export class Temperature extends Module {
  /** A scalar; saved with the model, not trained. */
  readonly temperature: Variable;

  constructor(temperature = 1) {
    super();
    checkArgument('nn.temperature', 'temperature', temperature, positive());
    this.temperature = new Variable({ shape: [], init: constant(temperature) });
  }

  forward(x: Tensor): Tensor {
    return x.div(this.temperature);
  }
}

/**
 * Divides logits by a temperature, which `calibrate` sets (Guo et al. 2017): above 1 the
 * probabilities become less sure, below 1 more; the greatest stays the greatest. For the end of a
 * classifier. Default 1.
 */
export function temperature(initial?: number): Temperature {
  return new Temperature(initial);
}
