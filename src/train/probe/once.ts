/** A probe outside of any run. */

import { dataChecks, runChecks } from '../../data/check.js';
import { type Columns, dataColumns, rowsOf } from '../../data/columns.js';
import { SlalomError } from '../../errors.js';
import type { Loss } from '../../losses/loss.js';
import type { NativeSession } from '../../native/binding.js';
import { fromNative } from '../../native/errors.js';
import type { ClipOptions } from '../../optim/clip.js';
import type { Optimizer } from '../../optim/optimizer.js';
import type { Site } from '../../stack.js';
import { checkFree } from '../lease.js';
import { checkModel } from '../options.js';
import { lrScalars, type StepSpec } from '../step.js';
import { type ProbeProgram, probeProgram } from './program.js';
import type { Probe } from './report.js';
import { openSession } from './session.js';

export interface OnceOptions extends ClipOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer | undefined;
  readonly seed: number;
  readonly bins: number;
  readonly activations: boolean;
}

/** All rows as one batch. Nothing that the model or the optimizer holds changes, or comes to be. */
export async function probeOnce(where: string, given: unknown, data: unknown, options: OnceOptions, site: Site): Promise<Probe> {
  const model = checkModel(where, given);
  checkFree(where, model);
  const { loss, optimizer, seed, bins, activations, clipNorm, clipValue } = options;
  const columns: Columns = { ...dataColumns(where, 'data', data), weights: undefined };
  const rows = rowsOf(columns.x);
  const training = optimizer && { optimizer, clipping: { clipNorm, clipValue } };
  const spec: StepSpec = { where, model, loss, metrics: [], seed, batchSize: rows, ...(training && { training }) };
  const step = optimizer?.steps ?? 0;
  const lr = optimizer ? optimizer.lrAt(step) : null;
  const program = probeProgram(spec, columns, { rows, bins, activations });
  const native = openAlone(columns, program, seed);
  const scalars = lr === null ? new Float32Array(0) : lrScalars(lr, model.dtype);
  try {
    await runChecks(dataChecks(where, columns, program.targets, model.dtype), () => false);
    const { epochs } = await native.run({ epoch: 0, batch: 0, steps: 1, scalars, perStep: false });
    return { epoch: 0, step, rows, lr, ...program.read(epochs[0]!.sums) };
  } catch (error) {
    const ours = fromNative(error);
    throw ours instanceof SlalomError ? site(ours) : ours;
  } finally {
    await native.close();
  }
}

/** Over the values as they are now; first values are the session's own. */
function openAlone(columns: Columns, program: ProbeProgram, seed: number): NativeSession {
  const unmade = program.variables.filter((cell) => !cell.initialized);
  try {
    const batching = { batchSize: program.batch, shuffle: false, dropLast: false, pin: true };
    return openSession(columns, [program], { ...batching, seed, scalars: program.scalars });
  } finally {
    for (const cell of unmade) cell.revoke();
  }
}
