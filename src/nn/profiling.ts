/** `model.profile()`: what it takes and gives. How it is done stands above, in `train`: decision 10. */

import { StateError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import type { MetricLike } from '../metrics/metric.js';
import type { ClipOptions } from '../optim/clip.js';
import type { Optimizer } from '../optim/optimizer.js';
import type { ArrayInput, NDArray } from '../tensor/ndarray.js';
import type { Node } from './tree.js';

export interface ProfileOptions extends ClipOptions {
  /** Needed by an optimizer. */
  readonly loss?: Loss;
  /** Makes it a training step: forward, backward and update. Without one: inference. */
  readonly optimizer?: Optimizer;
  readonly metrics?: readonly MetricLike[];
  /** Runs that are timed. Default 20. */
  readonly repeats?: number;
  /** Runs before those. Default 3. */
  readonly warmUps?: number;
  /** Of draws, and of the weights of a model that has none yet. Default 0. */
  readonly seed?: number;
}

/** Inputs, and targets where a loss or a metric needs them. */
export interface ProfileBatch {
  /** [rows, …] */
  readonly x: NDArray | ArrayInput;
  /** [rows, …] */
  readonly y?: NDArray | ArrayInput;
}

/** A dataset: its first batch, or all rows of one in memory. */
export interface BatchSource {
  readonly batched: boolean;
  batches(size?: number): AsyncIterable<{ readonly x: NDArray; readonly y?: NDArray }>;
}

/** What a node is for. `update` is everything that the optimizer adds, and the writing of variables. */
export type Phase = 'forward' | 'backward' | 'update';

/** Time and work of one step. */
export interface Work {
  /** Median over the repeats. */
  readonly seconds: number;
  /** Of the whole step. */
  readonly share: number;
  /** Estimated: a multiply-add counts two, any other operation on an element one. */
  readonly flops: number;
  /** Estimated: every operand read once, every result written once. */
  readonly bytes: number;
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
  /** `flopsPerSecond` of what this machine can do at most; undefined for f64. */
  readonly shareOfPeak: number | undefined;
}

/** One kernel of the program: an op, or several that run as one. */
export interface ProfiledOp extends Work {
  /** `matmul + add + maximum` where they are fused. */
  readonly op: string;
  /** Layer path; of fused ops that of the first. */
  readonly path: string;
  readonly phase: Phase;
  /** Of its first result: `f32[128, 10]`. */
  readonly type: string;
  /** Executions in one step: more than one in the body of a loop. */
  readonly runs: number;
}

/** A layer path with all below it. */
export interface ProfiledLayer extends Work {
  readonly path: string;
  readonly forward: number;
  readonly backward: number;
  readonly update: number;
}

export interface Machine {
  /** The kernels in use. */
  readonly isa: string;
  readonly threads: number;
  /** Multiply-adds of f32 in registers, counted two, a second; measured. */
  readonly peakFlops: number;
  /** Bytes read and written by a copy that no cache holds, a second; measured. */
  readonly peakBytes: number;
}

/** Where the time of a step goes. */
export interface Profile {
  readonly mode: 'training' | 'inference';
  /** Of the batch. */
  readonly rows: number;
  readonly repeats: number;
  readonly machine: Machine;
  /** The step as a whole. */
  readonly total: Work;
  /** Slowest first. */
  readonly ops: readonly ProfiledOp[];
  /** By path, each followed by those below it. */
  readonly layers: readonly ProfiledLayer[];
  /**
   * Writes the fastest of the repeats as a file for chrome://tracing or ui.perfetto.dev, one event a
   * kernel. Very long loops are cut off.
   */
  writeTrace(path: string): Promise<void>;
  /** Totals, the slowest kernels, and the layers. */
  toString(): string;
}

export type Profiler = (model: Node, batch: ProfileBatch | BatchSource, options: ProfileOptions | undefined) => Promise<Profile>;

let installed: Profiler | undefined;

/** Called once, when the package is loaded. */
export function installProfiler(profiler: Profiler): void {
  installed = profiler;
}

export function profiler(): Profiler {
  if (installed) return installed;
  throw new StateError('model.profile: models were loaded without training; import the package as a whole', { op: 'model.profile' });
}
