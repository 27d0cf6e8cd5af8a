/** Loss and metrics over a data set, in inference mode. */

import { fromNative } from '../native/errors.js';
import { nextChunk } from './chunk.js';
import type { Scores } from './events.js';
import type { OpenSession } from './session.js';

/** Rows of a batch where the result does not depend on it. */
export const EVALUATION_BATCH = 256;

/** Runs once over the data. Undefined if it was aborted. */
export async function runEvaluation({
  native,
  outputs,
  rows,
  stepsPerEpoch,
  flops,
}: OpenSession): Promise<({ loss: number } & Scores) | undefined> {
  const sums = new Float64Array(outputs.size);
  const plan = { stepsPerEpoch, epochs: 1, flops, everyBatch: false, everyEpoch: true };
  for (let batch = 0; batch < stepsPerEpoch; ) {
    const steps = nextChunk(plan, { epoch: 0, batch });
    const result = await native.run({ epoch: 0, batch, steps, scalars: new Float32Array(0), perStep: false }).catch((error: unknown) => {
      throw fromNative(error);
    });
    for (const epoch of result.epochs) for (let i = 0; i < sums.length; i++) sums[i]! += epoch.sums[i]!;
    if (result.stop !== 'done') return undefined;
    batch += result.steps;
  }
  const { loss, metrics } = outputs.read(sums, rows);
  return { loss, ...outputs.named(metrics) };
}
