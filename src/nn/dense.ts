import { formatShape, ShapeError } from '../errors.js';
import { bool, checkArgument, checkOptions, positiveInteger, type Rules, withDefault } from '../options.js';
import { type MatmulPrecision, precisionRule, type Tensor } from '../tensor/tensor.js';
import { currentTrace } from '../tensor/trace.js';
import { Parameter } from '../tensor/variable.js';
import { type Activation, activationRule, toActivation } from './activations.js';
import { type Init, initRule, toInitializer } from './init/index.js';
import { Module } from './module.js';

export interface DenseOptions {
  /** Applied to the result. Default identity. */
  readonly activation?: Activation;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default glorotUniform. */
  readonly kernelInit?: Init;
  /** Default zeros. */
  readonly biasInit?: Init;
  /** Of its products, in predictions and in gradients. Default `highest`. */
  readonly precision?: MatmulPrecision;
}

const rules = {
  activation: withDefault(activationRule(), 'identity'),
  useBias: withDefault(bool(), true),
  kernelInit: withDefault(initRule(), 'glorotUniform'),
  biasInit: withDefault(initRule(), 'zeros'),
  precision: withDefault(precisionRule(), 'highest'),
} satisfies Rules<DenseOptions>;

/** See `dense`. */
export class Dense extends Module {
  /** [inputs, units] */
  readonly weight: Parameter;
  /** [units] */
  readonly bias: Parameter | undefined;
  readonly units: number;
  readonly activation: (x: Tensor) => Tensor;
  readonly precision: MatmulPrecision;

  constructor(units: number, options?: DenseOptions) {
    super();
    const { activation, useBias, kernelInit, biasInit, precision } = checkOptions('nn.dense', options, rules);
    this.units = checkArgument('nn.dense', 'units', units, positiveInteger());
    this.activation = toActivation(activation);
    this.precision = precision;
    this.weight = new Parameter({ init: toInitializer(kernelInit) });
    if (useBias) this.bias = new Parameter({ shape: [this.units], init: toInitializer(biasInit) });
  }

  forward(x: Tensor): Tensor {
    const inputs = x.shape.at(-1)!;
    if (x.rank < 2) throw unfit('rows along the first axis and features along the last', x);
    const expected = this.weight.defined ? this.weight.shape[0] : inputs;
    if (inputs !== expected) throw unfit(`${expected} features along its last axis`, x);
    const product = x.matmul(this.weight.define([inputs, this.units]), { precision: this.precision });
    return this.activation(this.bias ? product.add(this.bias) : product);
  }
}

function unfit(expected: string, { shape }: Tensor): ShapeError {
  const { scope } = currentTrace();
  const found = formatShape(shape);
  return new ShapeError(`nn.dense${scope && ` in ${scope}`}: the input must have ${expected}, found shape ${found}`, {
    op: 'nn.dense',
    path: scope,
    expected,
    found,
  });
}

/**
 * A fully connected layer: activation(x · weight + bias) along the last axis,
 * `[…, inputs] → […, units]`. The number of inputs follows from the first trace.
 */
export function dense(units: number, options?: DenseOptions): Dense {
  return new Dense(units, options);
}
