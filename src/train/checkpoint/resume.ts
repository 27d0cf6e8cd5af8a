/** From a checkpoint back into the variables of a run. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredTensor } from '../../checkpoint/safetensors.js';
import { CheckpointError, formatType } from '../../errors.js';
import type { NativeArray } from '../../native/binding.js';
import { sameShape } from '../../tensor/dtype.js';
import { array } from '../../tensor/ndarray.js';
import type { Cell } from '../../tensor/trace.js';
import { type Callback, keepsState } from '../callbacks/callback.js';
import type { Weights } from '../session.js';
import type { Training } from '../training.js';
import { type Checkpoint, readCheckpoint } from './file.js';
import type { RunRecord, RunTerms } from './record.js';

/** The checkpoint that a folder goes on from. */
export const LAST = 'last.safetensors';

/**
 * The checkpoint to go on from: a file, or the last one of a folder. Undefined if the folder has
 * none or is not there yet: then the run begins.
 */
export async function findCheckpoint(path: string): Promise<Checkpoint | undefined> {
  if (path.endsWith('.safetensors')) return readCheckpoint(path);
  const last = join(path, LAST);
  const there = await stat(last).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return there && readCheckpoint(last);
}

/** Throws `CheckpointError` that names everything that a run would do differently. */
export function checkTerms({ name, record }: Checkpoint, now: RunTerms, callbacks: readonly Callback[]): void {
  const kept = callbacks.filter(keepsState).length;
  if (kept !== record.callbacks.length) {
    throw new CheckpointError(`fit: the run of ${name} had ${record.callbacks.length} callbacks that keep something, found ${kept}`, {
      op: 'fit',
    });
  }
  const then: RunTerms = record.terms;
  const changed = (Object.keys(now) as (keyof RunTerms)[]).filter((key) => JSON.stringify(now[key]) !== JSON.stringify(then[key]));
  if (changed.length === 0) return;
  const list = changed.map((key) => `${key} was ${JSON.stringify(then[key])}, found ${JSON.stringify(now[key])}`);
  throw new CheckpointError(
    `fit: the run of ${name} cannot go on with other options: ${list.join('; ')}. Give the same, or load its weights and begin a new run.`,
    { op: 'fit' },
  );
}

/** What a variable of a run is: the model's, or what its training keeps. */
export function roomOf(cell: unknown, { optimizer, averaging }: Training): 'model' | 'optimizer' | 'average' {
  if (optimizer.owns(cell)) return 'optimizer';
  return averaging?.averages.owns(cell) ? 'average' : 'model';
}

/** Name of a variable in the file. */
export const nameOf = (room: ReturnType<typeof roomOf> | 'final', cell: Cell): string => `${room}/${cell.path}`;

/** The value of every variable, or a `CheckpointError` that lists what does not fit. */
function valuesFor({ name, tensors }: Checkpoint, cells: ReadonlyMap<string, Cell>): Weights {
  const faults: string[] = [];
  const values = new Map<Cell, NativeArray>();
  for (const [key, cell] of cells) {
    const stored = tensors.get(key);
    if (stored && stored.dtype === cell.dtype && sameShape(stored.shape, cell.shape)) values.set(cell, toNative(stored));
    else faults.push(stored ? `${key}: expected ${formatType(cell)}, found ${formatType(stored)}` : `${key} is missing`);
  }
  if (faults.length === 0) return values;
  throw new CheckpointError(`fit: ${name} does not fit the model and optimizer:\n  ${faults.slice(0, 20).join('\n  ')}`, { op: 'fit' });
}

/** A run as its checkpoint left it. */
export interface Resumed {
  readonly record: RunRecord;
  /** The weights that the model gets in the end, if they are not the last. */
  readonly final: Weights | undefined;
}

/** Gives variables and optimizer the values of a checkpoint; all or nothing. */
export function restoreRun(checkpoint: Checkpoint, variables: readonly Cell[], training: Training, seed: number): Resumed {
  const { record } = checkpoint;
  const weights = variables.filter((cell) => roomOf(cell, training) === 'model');
  const values = valuesFor(checkpoint, new Map(variables.map((cell) => [nameOf(roomOf(cell, training), cell), cell])));
  const final =
    record.finalEpoch === null ? undefined : valuesFor(checkpoint, new Map(weights.map((cell) => [nameOf('final', cell), cell])));
  for (const [cell, value] of values) cell.native(seed).write(value);
  if (record.lr !== null) training.optimizer.lr = record.lr;
  return { record, final };
}

function toNative({ data, dtype, shape }: StoredTensor): NativeArray {
  return array(data, { dtype, shape }).native;
}
