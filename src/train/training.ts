/** How a run trains. */

import type { Averaging } from '../optim/averaging.js';
import type { ClipOptions } from '../optim/clip.js';
import type { Optimizer } from '../optim/optimizer.js';

/** How weights are averaged; steps of the run count from 1. */
export interface AverageRule {
  /** What the weights of a step count in the average, from 0, not at all, to 1, which begins it. */
  share(step: number): number;
  /** Whether the average has begun after a step. */
  begun(step: number): boolean;
  /** Whether validation and whoever asks for weights get the average. */
  readonly evaluate: boolean;
  /** Whether the model has the average in the end. */
  readonly finish: boolean;
}

/** What happens to the weights. */
export interface Training {
  readonly optimizer: Optimizer;
  readonly clipping: ClipOptions;
  readonly averaging?: { readonly rule: AverageRule; readonly averages: Averaging };
}
