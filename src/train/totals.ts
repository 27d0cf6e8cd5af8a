import { CheckpointError } from '../errors.js';
import type { EpochSums } from './epochSums.js';

/** Totals as a checkpoint keeps them. */
export interface KeptTotals {
  readonly steps: number;
  readonly rows: number;
  readonly sums: readonly number[];
  /** Outputs of every step, where a metric collects them. */
  readonly each: readonly (readonly number[])[];
}

/** What the steps of an epoch have given so far. */
export class Totals {
  steps = 0;
  rows = 0;
  /** Of all outputs of the step's program. */
  readonly sums: Float64Array;
  #each: Float64Array[] = [];

  constructor(size: number) {
    this.sums = new Float64Array(size);
  }

  /**
   * Steps that ran after those, with the sums of all: a chunk goes on with the sums of the one before, so that
   * its length does not show in them. `perStep`: the outputs of these steps one by one, if they are kept.
   */
  add({ steps, rows, sums }: EpochSums, perStep: Float64Array | undefined): void {
    this.steps += steps;
    this.rows += rows;
    this.sums.set(sums);
    if (perStep) for (let step = 0; step < steps; step++) this.#each.push(perStep.subarray(step * sums.length, (step + 1) * sums.length));
  }

  /** Outputs of every step, in order; empty unless they are kept. */
  get each(): readonly Float64Array[] {
    return this.#each;
  }

  clear(): void {
    this.steps = 0;
    this.rows = 0;
    this.sums.fill(0);
    this.#each = [];
  }

  keep(): KeptTotals {
    return { steps: this.steps, rows: this.rows, sums: [...this.sums], each: this.#each.map((outputs) => [...outputs]) };
  }

  restore({ steps, rows, sums, each }: KeptTotals): void {
    if (sums.length !== this.sums.length) {
      throw new CheckpointError(`fit: the run to go on with adds up ${sums.length} values, this one ${this.sums.length}`);
    }
    this.steps = steps;
    this.rows = rows;
    this.sums.set(sums);
    this.#each = each.map((outputs) => Float64Array.from(outputs));
  }
}
