/** A probe outside of any run. */

import { dataChecks, runChecks } from '../../data/check.js';
import { type Columns, dataColumns, rowsOf } from '../../data/columns.js';
import { Dataset } from '../../data/dataset.js';
import type { Loss } from '../../losses/loss.js';
import type { NativeSession } from '../../native/binding.js';
import type { Model } from '../../nn/module.js';
import { adapt, blocksOf, fittable } from '../../nn/preprocess/adapt.js';
import type { ClipOptions } from '../../optim/clip.js';
import type { Optimizer } from '../../optim/optimizer.js';
import type { Site } from '../../stack.js';
import { attempt } from '../attempt.js';
import { onlyEpoch } from '../epochSums.js';
import { nestedOf } from '../input.js';
import { inspect } from '../inspect.js';
import { checkFree, lease } from '../lease.js';
import { numberValues, stepNumbers } from '../numbers.js';
import { ofDataset } from '../oneBatch.js';
import { checkModel } from '../options.js';
import { located } from '../plan.js';
import type { StepSpec } from '../step.js';
import { type ProbeProgram, probeProgramAtOnce } from './program.js';
import type { Probe } from './report.js';
import { openSession } from './session.js';

export interface OnceOptions extends ClipOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer | undefined;
  readonly seed: number;
  readonly bins: number;
  readonly activations: boolean;
}

/** All rows as one batch, of a dataset of batches the first. Nothing that the model or the optimizer holds changes, or comes to be. */
export async function probeOnce(where: string, given: unknown, data: unknown, options: OnceOptions, site: Site): Promise<Probe> {
  const model = checkModel(where, given);
  if (data instanceof Dataset)
    return ofDataset(data, { where, name: 'data', site }, (batch) => probeOnce(where, model, batch, options, site));
  checkFree(where, model);
  const columns: Columns = { ...dataColumns(where, 'data', data, nestedOf(model)), weights: undefined };
  if (fittable(model, false).length === 0) return look(where, model, columns, options, site);
  const release = lease(model, undefined);
  try {
    const undo = await adapt({ where, model, blocks: () => blocksOf(columns.x.values), refit: false });
    return await look(where, model, columns, options, site).finally(undo);
  } catch (error) {
    throw located(error, site);
  } finally {
    release();
  }
}

async function look(where: string, model: Model, columns: Columns, options: OnceOptions, site: Site): Promise<Probe> {
  const { loss, optimizer, seed, bins, activations, clipNorm, clipValue } = options;
  const rows = rowsOf(columns.x);
  const training = optimizer && { optimizer, clipping: { clipNorm, clipValue } };
  const spec: StepSpec = { where, model, loss, metrics: [], seed, batchSize: rows, ...(training && { training }) };
  const step = optimizer?.steps ?? 0;
  const numbers = training ? stepNumbers(training, step) : [];
  const scalars = numberValues(numbers, 0, 1, model.dtype);
  const putBack = optimizer?.keepGroups();
  const traced = attempt(() => probeProgramAtOnce(spec, columns, { rows, bins, activations }));
  putBack?.();
  if ('error' in traced) throw traced.error;
  const program = traced.value;
  const native = openAlone(columns, program, seed);
  try {
    await runChecks(dataChecks(where, columns, program.targets, model.dtype, model.inputTraits().missing), () => false);
    await inspect(where, model, columns.x);
    const result = await native.run({ epoch: 0, batch: 0, steps: 1, scalars, perStep: false });
    return { epoch: 0, step, rows, lr: numbers[0]?.at(0) ?? null, ...program.read(onlyEpoch(result).sums) };
  } catch (error) {
    throw located(error, site);
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
