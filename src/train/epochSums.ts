import type { RunResult } from '../native/binding.js';

/** Of the steps of an epoch that ran in a chunk. */
export interface EpochSums {
  /** From 0. */
  readonly epoch: number;
  readonly steps: number;
  readonly rows: number;
  /** All program outputs, flattened, summed over these steps and those before, if the chunk was given their sums. */
  readonly sums: Float64Array;
}

/** In a chunk's result an epoch has these numbers and then its sums. */
const COUNTS = 3;

/** One for every epoch that a chunk touched, in order, of a program with so many elements in its outputs. */
export function epochSums({ epochs }: RunResult, size: number): EpochSums[] {
  const width = COUNTS + size;
  return Array.from({ length: epochs.length / width }, (_, i) => {
    const at = i * width;
    return { epoch: epochs[at]!, steps: epochs[at + 1]!, rows: epochs[at + 2]!, sums: epochs.subarray(at + COUNTS, at + width) };
  });
}

/** Of a chunk inside one epoch. */
export const onlyEpoch = (result: RunResult): EpochSums => epochSums(result, result.epochs.length - COUNTS)[0]!;
