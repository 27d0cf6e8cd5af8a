import type { NativeArray } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Cell } from '../tensor/trace.js';

/**
 * Copies of what variables hold. Those that hold nothing yet get a first value by `seed` for the copy
 * alone, and are as they were when this returns. Throws `MODEL_BUSY` if a run has one.
 */
export function copiesOf(cells: readonly Cell[], seed: number): readonly NativeArray[] {
  const unmade = cells.filter((cell) => !cell.initialized);
  try {
    return cells.map((cell) => converted(() => cell.native(seed).read(), cell.path));
  } finally {
    for (const cell of unmade) cell.revoke();
  }
}
