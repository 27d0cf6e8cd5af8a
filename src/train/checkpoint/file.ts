/** Checkpoints as files: safetensors whose metadata hold the record and a checksum of everything. */

import { basename } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { crypto } from '../../builtins.js';
import { readSafetensors, type StoredTensor, writeSafetensors } from '../../checkpoint/safetensors.js';
import { CheckpointError, SlalomError } from '../../errors.js';
import { checkRecord, fromJson, type RunRecord, toJson } from './record.js';

export interface Checkpoint {
  /** For messages. */
  readonly name: string;
  readonly record: RunRecord;
  /** `model/…`, `optimizer/…` and, if the model gets other weights in the end, `final/…`. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const FORMAT = 'slalom-run-1';

/** Bytes that are hashed without letting others have the event loop: less than a millisecond. */
const PIECE = 2 ** 18;

/** SHA-256 of the record and of every tensor, in order of the names. */
async function checksum(json: string, tensors: ReadonlyMap<string, StoredTensor>): Promise<string> {
  const hash = crypto().createHash('sha256').update(json);
  let hashed = 0;
  for (const [name, { dtype, shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${name} ${dtype}[${shape.join()}]\n`);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let at = 0; at < bytes.length; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      hash.update(piece);
      hashed += piece.length;
      if (hashed < PIECE) continue;
      hashed = 0;
      await turn();
    }
  }
  return hash.digest('hex');
}

/** Atomic: an old file stays until the new one is whole and on the disk. */
export async function writeCheckpoint(path: string, record: RunRecord, tensors: ReadonlyMap<string, StoredTensor>): Promise<void> {
  const json = toJson(record);
  await writeSafetensors(path, tensors, { format: FORMAT, run: json, sha256: await checksum(json, tensors) });
}

/**
 * Throws `DataError` if the file is no valid safetensors file, `CheckpointError` if it is no
 * checkpoint or not as it was written.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const name = basename(path);
  const { tensors, metadata } = await readSafetensors(path);
  const { format, run, sha256 } = metadata;
  if (format !== FORMAT || run === undefined) {
    throw new CheckpointError(`${name} is not a checkpoint of a run; weights alone are read with loadWeights()`);
  }
  if ((await checksum(run, tensors)) !== sha256)
    throw new CheckpointError(`${name} is damaged: its contents do not have the checksum that was written`);
  try {
    return { name, tensors, record: checkRecord(name, fromJson(run)) };
  } catch (cause) {
    if (!(cause instanceof SlalomError) && !(cause instanceof SyntaxError)) throw cause;
    throw new CheckpointError(`${name} is not a checkpoint that this version can read: ${cause.message}`, { cause });
  }
}
