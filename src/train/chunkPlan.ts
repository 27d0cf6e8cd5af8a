/** What the chunks of a run depend on. */

import type { Callback } from './callbacks/callback.js';
import type { ChunkPlan } from './chunk.js';
import type { Scores } from './events.js';
import type { RunListeners } from './run.js';
import type { RunPlan } from './runPlan.js';

export function chunkPlan(
  { epochs, supply, flops, validate, publish, callbacks }: RunPlan,
  { batches, epochs: epochListener }: RunListeners<Scores>,
): ChunkPlan {
  const hooks = (...names: (keyof Callback)[]) => callbacks.some((callback) => names.some((name) => callback[name]));
  return {
    epochs,
    stepsPerEpoch: supply.stepsPerEpoch,
    flops,
    everyBatch: batches !== undefined,
    everyEpoch:
      epochListener !== undefined || validate !== undefined || publish !== undefined || hooks('epochBegin', 'epochEnd', 'progress'),
    progress: hooks('progress'),
  };
}
