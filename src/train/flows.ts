/** The data of a run, opened. */

import { CheckpointError } from '../errors.js';
import { epochsOf } from './about.js';
import type { Checkpoint } from './checkpoint/file.js';
import { EVALUATION_BATCH } from './evaluation.js';
import { type Flow, openFlow } from './flow.js';
import type { Flows, Task } from './prepare.js';
import type { Streamed } from './streamed.js';

const isOpen = (data: Flow | Streamed): data is Flow => 'columns' in data;

/** The data, if all are columns in memory. */
export function inMemory({ training, validation }: Pick<Task, keyof Flows>): Flows | undefined {
  return isOpen(training) && (validation === undefined || isOpen(validation)) ? { training, validation } : undefined;
}

/** Reads the first batches of what is not in memory. Undefined if that was cut off; `opened` has what must be closed after a failure. */
export async function openFlows(
  { training, validation, options }: Task,
  checkpoint: Checkpoint | undefined,
  cancelled: Promise<unknown>,
  opened: Flow[],
): Promise<Flows | undefined> {
  const open = async (data: Flow | Streamed, more: object) => {
    if (isOpen(data)) return data;
    const { seed, shuffle, prefetch } = options;
    const given = {
      where: 'fit',
      prefix: '',
      seed,
      shuffle,
      prefetch,
      dropLast: options.dropLast,
      batchSize: options.batchSize,
      sameEpoch: false,
    };
    const flow = await openFlow(data.dataset, { ...given, ...more }, cancelled);
    if (flow) opened.push(flow);
    return flow;
  };
  const trained = await open(training, {
    stepsPerEpoch: options.stepsPerEpoch,
    from: checkpoint && placeOf(checkpoint, training, epochsOf(options, options.stepsPerEpoch ?? Number.POSITIVE_INFINITY)),
  });
  if (!trained) return undefined;
  if (!validation) return { training: trained, validation: undefined };
  const held = await open(validation, { prefix: 'validation.', batchSize: EVALUATION_BATCH, dropLast: false, sameEpoch: true });
  if (held) return { training: trained, validation: held };
  await trained.close();
  return undefined;
}

/** Where a source goes on. Throws `CheckpointError` if it cannot be opened again. */
function placeOf({ name, record }: Checkpoint, training: Flow | Streamed, epochs: number) {
  if (!isOpen(training) && training.dataset.source.once) {
    throw new CheckpointError(
      `fit: the run of ${name} cannot go on with data that can be read only once; pass a factory, () => source, that opens them again`,
      { op: 'fit' },
    );
  }
  const { position, place, terms } = record;
  const over = position.epoch >= epochs;
  return { place: over ? { pass: 0, batch: 0 } : (place ?? { pass: position.epoch, batch: position.batch }), batchSize: terms.batchSize };
}
