export { binaryCrossEntropy } from './binaryCrossEntropy.js';
export { type CrossEntropyOptions, crossEntropy } from './crossEntropy.js';
export { type HuberOptions, huber } from './huber.js';
export type { Loss, LossOptions, Reduction, TargetRule } from './loss.js';
export { mae } from './mae.js';
export { mse } from './mse.js';
