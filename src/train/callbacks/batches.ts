import type { Callback } from './callback.js';

/** The callbacks with hooks of batches, and the steps that they want to see. */
export class BatchHooks {
  private readonly callbacks: readonly Callback[];
  /** Each n-th step for these n. */
  readonly every: readonly number[];

  constructor(callbacks: readonly Callback[]) {
    this.callbacks = callbacks.filter(({ batchBegin, batchEnd }) => batchBegin ?? batchEnd);
    this.every = [...new Set(this.callbacks.map(({ batchEvery = 1 }) => batchEvery))];
  }

  /** Whether some callback wants to see a step of the run, which counts from 1. */
  wanted(step: number): boolean {
    return this.every.some((n) => step % n === 0);
  }

  /** The callbacks that do. */
  at(step: number): readonly Callback[] {
    return this.callbacks.filter(({ batchEvery = 1 }) => step % batchEvery === 0);
  }
}
