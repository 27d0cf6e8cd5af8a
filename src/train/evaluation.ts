/** Loss and metrics over a data set, in inference mode. */

import { fromNative } from '../native/errors.js';
import { nextChunk } from './chunk.js';
import type { Scores } from './events.js';
import type { OpenSession } from './session.js';
import { Totals } from './totals.js';

/** Rows of a batch where the result does not depend on it. */
export const EVALUATION_BATCH = 256;

/** Runs once over the data, in a session that is ready. Undefined if it was aborted. */
export async function runEvaluation({ native, outputs, supply, flops }: OpenSession): Promise<({ loss: number } & Scores) | undefined> {
  const totals = new Totals(outputs.size);
  const { stepsPerEpoch } = supply;
  const plan = { stepsPerEpoch, epochs: 1, flops, everyBatch: false, everyEpoch: true, progress: false };
  for (let batch = 0, ends = false; !ends; ) {
    const portion = await supply.take({ epoch: 0, batch }, nextChunk(plan, { epoch: 0, batch }));
    if (!portion) return undefined;
    const { steps, feed } = portion;
    const result = await native
      .run({ epoch: 0, batch, steps, ...feed, scalars: new Float32Array(0), perStep: outputs.collects, sums: totals.sums })
      .catch((error: unknown) => {
        throw fromNative(error);
      });
    for (const [epoch, perStep] of outputs.parts(result)) totals.add(epoch, perStep);
    supply.commit(result.steps);
    if (result.stop !== 'done') return undefined;
    batch += result.steps;
    ends = portion.ends;
  }
  const { loss, metrics } = await outputs.readInTurns(totals);
  return { loss, ...outputs.named(metrics) };
}
