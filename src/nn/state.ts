/** Weights out of a model and into one. */

import { BusyError, CheckpointError, formatType } from '../errors.js';
import type { DType, TypedArray } from '../native/binding.js';
import { nearest } from '../nearest.js';
import { sameShape } from '../tensor/dtype.js';
import { array, NDArray } from '../tensor/ndarray.js';
import type { Variable } from '../tensor/variable.js';

/** A tensor as a file holds it. */
export interface StoredArray {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** Weights by path: from `state()`, or read from a file. */
export type StateInput = Readonly<Record<string, NDArray | StoredArray>> | ReadonlyMap<string, NDArray | StoredArray>;

/** Faults that an error lists, and unknown names that are searched for a misspelling. */
const LISTED = 20;
const SEARCHED = 1000;

/** Sets all variables or, if anything differs, none. */
export function loadState(variables: ReadonlyMap<string, Variable>, state: StateInput): void {
  const given = new Map<string, NDArray | StoredArray>(state instanceof Map ? state : Object.entries(state));
  const faults = differences(variables, given);
  if (faults.length > 0) {
    const rest = faults.length > LISTED ? [`and ${faults.length - LISTED} more`] : [];
    throw new CheckpointError(`the weights do not fit the model:\n  ${[...faults.slice(0, LISTED), ...rest].join('\n  ')}`);
  }
  const busy = [...variables].find(([, variable]) => variable.leased);
  if (busy) throw new BusyError(`a run trains the model: ${busy[0]} cannot be loaded until it ends`, { path: busy[0] });
  for (const [path, variable] of variables) {
    const value = given.get(path)!;
    variable.load(value instanceof NDArray ? value : array(value.data, { shape: value.shape, dtype: value.dtype }));
  }
}

function differences(variables: ReadonlyMap<string, Variable>, given: ReadonlyMap<string, StoredArray>): string[] {
  const faults: string[] = [];
  const unknown = [...given.keys()].filter((path) => !variables.has(path));
  for (const [path, variable] of variables) {
    const value = given.get(path);
    if (value === undefined) {
      const near = nearest(path, unknown.slice(0, SEARCHED));
      faults.push(`${path} is missing${near === undefined ? '' : ` (there is ${near})`}`);
    } else if (variable.defined && !sameShape(variable.shape, value.shape)) {
      faults.push(`${path}: expected ${formatType(variable)}, found ${formatType(value)}`);
    } else if (value.dtype !== variable.dtype) {
      faults.push(`${path}: expected ${variable.dtype}, found ${value.dtype}`);
    }
  }
  for (const path of unknown) faults.push(`${path} is not in the model`);
  return faults;
}
