/** Ways to divide rows into what a model is trained on and what it is tested on. */

export { type GroupKFoldOptions, groupKFold } from './groupKFold.js';
export type { Keys } from './keys.js';
export { type KFoldOptions, kFold } from './kFold.js';
export type { Split } from './split.js';
export { stratifiedKFold } from './stratifiedKFold.js';
export { type TimeSeriesOptions, timeSeriesSplit } from './timeSeriesSplit.js';
