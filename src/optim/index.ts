export { type AdamOptions, adam } from './adam.js';
export { type AdamWOptions, adamW } from './adamW.js';
export { type CustomOptions, custom } from './custom.js';
export { Optimizer } from './optimizer.js';
export { type RmspropOptions, rmsprop } from './rmsprop.js';
export type { Update, UpdateInput, UpdateRule } from './rule.js';
export { type SgdOptions, sgd } from './sgd.js';
