/**
 * Activation functions of tensors. Values and gradients are those of PyTorch; forms are chosen so
 * that no large input overflows.
 */

import { DTypeError, describe } from '../errors.js';
import { checkArgument, checkOptions, custom, finite, oneOf, type Rule, type Rules, withDefault } from '../options.js';
import { where } from '../tensor/functional.js';
import { currentRegion, isOperand } from '../tensor/region.js';
import type { Operand, Tensor } from '../tensor/tensor.js';

/** The operand of an activation. Whoever calls one to make a layer, as in other libraries, learns what to write. */
function operand(name: ActivationName, x: Operand): Tensor {
  if (isOperand(x)) return currentRegion(`nn.${name}()`).tensor(x);
  const found = describe(x);
  const instead = x === undefined ? `nn.${name} itself, or { activation: '${name}' }` : `(x) => nn.${name}(x, …)`;
  throw new DTypeError(`nn.${name}: expected a tensor, found ${found}. It is an activation and makes no layer: write ${instead}`, {
    op: `nn.${name}`,
    found,
  });
}

/** One that is made of several ops, seen as one by whoever watches. */
function activation(name: ActivationName, value: Operand, of: (x: Tensor) => Tensor): Tensor {
  const x = operand(name, value);
  return x.owner.activation(name, () => of(x));
}

/** max(x, 0), its gradient at 0 is 0. NaN stays. */
export function relu(x: Operand): Tensor {
  return operand('relu', x).relu();
}

export interface LeakyReluOptions {
  /** Slope below 0. Default 0.01. */
  readonly slope?: number;
}

const leakyRules = { slope: withDefault(finite(), 0.01) } satisfies Rules<LeakyReluOptions>;

/** x above 0, slope · x elsewhere; its gradient at 0 is the slope. Maas et al. 2013. */
export function leakyRelu(x: Operand, options?: LeakyReluOptions): Tensor {
  const { slope } = checkOptions('leakyRelu', options, leakyRules);
  return activation('leakyRelu', x, (x) => where(x.greater(0), x, x.mul(slope)));
}

export interface EluOptions {
  /** The limit at −∞ is −alpha. Default 1. */
  readonly alpha?: number;
}

const eluRules = { alpha: withDefault(finite(), 1) } satisfies Rules<EluOptions>;

/** x above 0, alpha · (eˣ − 1) elsewhere. Clevert et al. 2015. */
export function elu(x: Operand, options?: EluOptions): Tensor {
  const { alpha } = checkOptions('elu', options, eluRules);
  return activation('elu', x, (x) => {
    // The gradient of the side that is not chosen must be finite: 0 · ∞ would be NaN.
    const below = where(x.greater(0), 0, x).expm1().mul(alpha);
    return where(x.greater(0), x, below);
  });
}

export interface GeluOptions {
  /** `tanh`: x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³))), as GPT-2 has it. Default none: x · Φ(x). */
  readonly approximate?: 'none' | 'tanh';
}

const geluRules = { approximate: withDefault(oneOf('none', 'tanh'), 'none') } satisfies Rules<GeluOptions>;

/** x · Φ(x), Φ the normal distribution: x / 2 · (1 + erf(x / √2)). Hendrycks and Gimpel 2016. */
export function gelu(x: Operand, options?: GeluOptions): Tensor {
  const { approximate } = checkOptions('gelu', options, geluRules);
  return activation('gelu', x, (x) => {
    const inner =
      approximate === 'none'
        ? x.mul(Math.SQRT1_2).erf()
        : x
            .mul(x)
            .mul(x)
            .mul(0.044715)
            .add(x)
            .mul(Math.sqrt(2 / Math.PI))
            .tanh();
    return x.mul(0.5).mul(inner.add(1));
  });
}

/** x · sigmoid(x), also called swish. Ramachandran et al. 2017. */
export function silu(x: Operand): Tensor {
  return activation('silu', x, (x) => x.mul(x.sigmoid()));
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Operand): Tensor {
  return operand('sigmoid', x).sigmoid();
}

export function tanh(x: Operand): Tensor {
  return operand('tanh', x).tanh();
}

/** log(1 + eˣ), as max(x, 0) + log(1 + e^−|x|). Its gradient is sigmoid(x). */
export function softplus(x: Operand): Tensor {
  return activation('softplus', x, (x) => x.maximum(0).add(x.abs().neg().exp().log1p()));
}

/** eˣ / sum(eˣ) along the last axis. */
export function softmax(x: Operand): Tensor {
  return operand('softmax', x).softmax();
}

/** x − log(sum(eˣ)) along the last axis. */
export function logSoftmax(x: Operand): Tensor {
  return operand('logSoftmax', x).logSoftmax();
}

/** x itself. */
export function identity(x: Operand): Tensor {
  return operand('identity', x);
}

const named = { relu, leakyRelu, elu, gelu, silu, sigmoid, tanh, softplus, softmax, logSoftmax, identity };

/** Activations by name, with their default options. */
export type ActivationName = keyof typeof named;

/** What layers take: a name, or any function of a tensor. */
export type Activation = ActivationName | ((x: Tensor) => Tensor);

const names = Object.keys(named);

/** For options of layers. */
export const activationRule = (): Rule<Activation> =>
  custom(`one of ${names.map((name) => JSON.stringify(name)).join(', ')}, or a function of a tensor`, (value) =>
    typeof value === 'string' ? Object.hasOwn(named, value) : typeof value === 'function',
  );

export function toActivation(activation: Activation): (x: Tensor) => Tensor {
  checkArgument('activation', 'name', activation, activationRule());
  return typeof activation === 'string' ? named[activation] : activation;
}
