/** Learning rates as functions of the step. */

export {
  chain,
  constant,
  type Part,
  type WarmupOptions,
  type WarmupStableDecayOptions,
  warmup,
  warmupStableDecay,
} from './compose.js';
export { type CosineOptions, type CosineRestartsOptions, cosine, cosineRestarts } from './cosine.js';
export {
  type CyclicMomentumOptions,
  type CyclicOptions,
  cyclic,
  cyclicMomentum,
  type OneCycleMomentumOptions,
  type OneCycleOptions,
  oneCycle,
  oneCycleMomentum,
} from './cycle.js';
export {
  type ExponentialOptions,
  exponential,
  type InverseTimeOptions,
  inverseTime,
  type LinearOptions,
  linear,
  type MultiStepOptions,
  multiStep,
  type NoamOptions,
  noam,
  type PolynomialOptions,
  polynomial,
  type StepOptions,
  step,
} from './decay.js';
export type { Schedule } from './schedule.js';
