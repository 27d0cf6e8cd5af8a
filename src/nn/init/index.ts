/** Initialisers: what the first values of parameters are drawn from. */

import { custom, type Rule } from '../../options.js';
import { ones, zeros } from './constant.js';
import type { Initializer } from './initializer.js';
import { orthogonal } from './orthogonal.js';
import { normal, truncatedNormal, uniform } from './random.js';
import { glorotNormal, glorotUniform, heNormal, heUniform, lecunNormal, lecunUniform } from './variance.js';

export { constant, ones, zeros } from './constant.js';
export type { InitContext, Initializer } from './initializer.js';
export { orthogonal } from './orthogonal.js';
export { normal, truncatedNormal, uniform } from './random.js';
export {
  glorotNormal,
  glorotUniform,
  heNormal,
  heUniform,
  lecunNormal,
  lecunUniform,
  type VarianceScalingOptions,
  varianceScaling,
} from './variance.js';

const named = {
  zeros,
  ones,
  uniform,
  normal,
  truncatedNormal,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  lecunUniform,
  lecunNormal,
  orthogonal,
};

/** Initialisers that need no arguments, by name. */
export type InitName = keyof typeof named;

/** What layers take: a name, or what a function of `nn.init` returned. */
export type Init = InitName | Initializer;

const names = Object.keys(named);

/** For options of layers. */
export const initRule = (): Rule<Init> =>
  custom(
    `an initialiser: one of ${names.map((name) => JSON.stringify(name)).join(', ')}, or a function such as nn.init.normal(0, 0.02)`,
    (value) => (typeof value === 'string' ? Object.hasOwn(named, value) : typeof value === 'function'),
  );

export function toInitializer(init: Init): Initializer {
  return typeof init === 'string' ? named[init]() : init;
}
