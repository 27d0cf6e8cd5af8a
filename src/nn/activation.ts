import type { Tensor } from '../tensor/tensor.js';
import { type Activation as ActivationSpec, toActivation } from './activations.js';
import { Module } from './module.js';

/** See `activation`. */
export class Activation extends Module {
  readonly apply: (x: Tensor) => Tensor;

  constructor(spec: ActivationSpec) {
    super();
    this.apply = toActivation(spec);
  }

  forward(x: Tensor): Tensor {
    return this.apply(x);
  }
}

/** An activation as a layer: by name, or any function of a tensor, as `nn.activation((x) => nn.leakyRelu(x, { slope: 0.2 }))`. */
export function activation(spec: ActivationSpec): Activation {
  return new Activation(spec);
}
