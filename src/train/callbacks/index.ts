export type { Callback, RunContext, Weights } from './callback.js';
export { type CheckpointOptions, checkpoint } from './checkpoint.js';
export { type EarlyStoppingOptions, earlyStopping } from './earlyStopping.js';
export { lambda } from './lambda.js';
export type { MonitorOptions } from './monitor.js';
export { type ProgressOptions, type ProgressStream, progress } from './progress.js';
