/** The update rules that are compiled ahead, and their variables to the bit. */

import { optim } from '../../src/index.js';
import type { NativeVariable } from '../../src/native/binding.js';

/** A name, the optimizer, clipNorm. */
export const RULES: readonly [string, () => ReturnType<typeof optim.sgd>, number?][] = [
  ['sgd', () => optim.sgd({ lr: 0.1 })],
  ['sgd with momentum', () => optim.sgd({ lr: 0.1, momentum: 0.9 })],
  ['sgd with Nesterov momentum', () => optim.sgd({ lr: 0.1, momentum: 0.9, nesterov: true })],
  ['sgd with momentum and decay', () => optim.sgd({ lr: 0.1, momentum: 0.9, weightDecay: 1e-2 })],
  ['adam', () => optim.adam({ lr: 0.1 })],
  ['adam with decay', () => optim.adam({ lr: 0.1, weightDecay: 1e-2 })],
  ['amsgrad', () => optim.adam({ lr: 0.1, amsgrad: true })],
  ['adam, clipped', () => optim.adam({ lr: 0.1 }), 0.5],
  ['adamW', () => optim.adamW({ lr: 0.1 })],
  ['adamW, clipped', () => optim.adamW({ lr: 0.1 }), 0.5],
  ['rmsprop', () => optim.rmsprop({ lr: 0.1 })],
];

export const bits = (variables: readonly NativeVariable[]) =>
  variables.map((variable) => [...new Uint32Array(variable.read().read().buffer)]);
