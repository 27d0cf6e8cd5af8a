import type { Model } from '../../nn/module.js';
import type { BatchEvent, BatchStart, CheckpointEvent, EpochEvent, ProgressEvent } from '../events.js';
import type { History } from '../history.js';
import type { NormOrder } from '../probe/gradientNorm.js';
import type { Probe, ProbeRequest } from '../probe/report.js';

/** Weights as they stood at the end of an epoch. */
export interface Weights {
  readonly epoch: number;
}

/** The run as its callbacks see it. */
export interface RunContext {
  readonly epochs: number;
  /** Steps after which the run ends; infinite where `fit` was given none. */
  readonly steps: number;
  /** Of a stream those of the epoch before; Infinity in its first. */
  readonly stepsPerEpoch: number;
  readonly batchSize: number;
  /** Training rows; Infinity for a stream. */
  readonly rows: number;
  /** Names of what can be monitored: `loss`, `accuracy`, `validation.loss`, … */
  readonly monitors: readonly string[];
  /** Since the run began; of a resumed run, its parts together. */
  readonly seconds: number;
  /** The optimizer's learning rate. A new one counts from the next step on. Throws `StateError` on setting it where a schedule gives it. */
  lr: number;
  /** Ends the run after the present epoch or batch; the reason becomes `history.stopReason`. */
  stop(reason: string): void;
  /**
   * The coming step in numbers: gradients, updates, weights and activations by path. It is computed
   * and not taken: nothing changes, and what training computes stays the same to the bit. Layers that
   * were frozen or unfrozen before it are so for the optimizer too, as from the next step on. Costs a
   * step, the first time also its compilation. In any hook but `runEnd`; undefined after an abort, and
   * of a stream where no batch is to come: after the last step, or where a source that was read once has ended.
   */
  probe(request?: ProbeRequest): Promise<Probe | undefined>;
  /**
   * Norm of the gradient of the training loss over all rows, at the weights as they are: before
   * clipping, as training computes it (dropout drops), without the decay of weights by the
   * optimizer. `max` (default) is the greatest |g|, 2 the length. Costs about an epoch. In any hook
   * but `runEnd`; undefined after an abort.
   */
  gradientNorm(order?: NormOrder): Promise<number | undefined>;
  /** A copy of the model's weights. In any hook but `runEnd`. */
  snapshot(): Promise<Weights>;
  /** When the run ends, by whatever reason but an error, the model gets these weights, a `snapshot` of this run. */
  finishWith(weights: Weights): void;
  /**
   * Asks for a checkpoint: everything that `fit` with `resume` needs to go on, in a file. It is
   * written when all callbacks have seen the present event and before the next step; a failure
   * ends the run. In any hook but `runEnd` and those of checkpoints.
   */
  checkpoint(path: string): void;
}

/**
 * Hooks into a run, called in this order, each callback in turn; a promise is waited for.
 *
 *     setup runBegin (epochBegin (batchBegin batchEnd | progress)* (validationBegin validationEnd)? epochEnd)* runEnd
 *
 * Where a hook has asked for a checkpoint, `checkpointBegin checkpointEnd` follow it when all
 * callbacks have been called. A run that goes on in the middle of an epoch has no `epochBegin` for
 * that one.
 *
 * A hook that throws ends the run: it rejects with that error, and the model keeps the weights of
 * the last step. `batchBegin` and `batchEnd` make the core return to JavaScript for every step, or
 * for each `batchEvery`-th, which costs some tenths of a millisecond; `progress` makes it return every few
 * dozen milliseconds, which costs a few hundredths of the time.
 */
export interface Callback {
  /** Before anything is traced, of a resumed run too: what it freezes is not trained. Not async. */
  setup?(model: Model): void;
  runBegin?(run: RunContext): unknown;
  epochBegin?(epoch: number, run: RunContext): unknown;
  /** Of the hooks of batches: called for the steps of the run that are multiples of it only. Default 1. */
  readonly batchEvery?: number;
  batchBegin?(event: BatchStart, run: RunContext): unknown;
  batchEnd?(event: BatchEvent, run: RunContext): unknown;
  /** From time to time between batches, but not after an epoch's last. */
  progress?(event: ProgressEvent, run: RunContext): unknown;
  validationBegin?(epoch: number, run: RunContext): unknown;
  validationEnd?(scores: Readonly<Record<string, unknown>>, run: RunContext): unknown;
  epochEnd?(event: EpochEvent, run: RunContext): unknown;
  /** Before a checkpoint is written. */
  checkpointBegin?(event: CheckpointEvent, run: RunContext): unknown;
  /** When it is whole and on the disk. */
  checkpointEnd?(event: CheckpointEvent, run: RunContext): unknown;
  /** Also after an abort or an error; `history` is complete up to there. */
  runEnd?(history: History, run: RunContext): unknown;
  /** What a checkpoint keeps of this callback: anything that JSON can hold. */
  saveState?(): unknown;
  /** Gets that back when a run goes on, after `runBegin`. */
  loadState?(state: unknown, run: RunContext): void;
}

/** Whether a checkpoint keeps something of a callback. */
export const keepsState = ({ saveState }: Callback): boolean => saveState !== undefined;
