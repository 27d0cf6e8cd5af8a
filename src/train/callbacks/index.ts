export type { Callback, RunContext, Weights } from './callback.js';
export { type EarlyStoppingOptions, earlyStopping } from './earlyStopping.js';
export { lambda } from './lambda.js';
export { type ProgressOptions, type ProgressStream, progress } from './progress.js';
