/** What a run tells its listeners. Epochs, batches and steps count from 1. */

/** Metric values by name; most are numbers, a confusion matrix is a matrix. */
export type Scores = Readonly<Record<string, unknown>>;

/** A batch that is about to be trained on. */
export interface BatchStart {
  readonly epoch: number;
  /** In its epoch. */
  readonly batch: number;
  /** In the run. */
  readonly step: number;
}

/** A checkpoint. */
export interface CheckpointEvent {
  readonly path: string;
  /** Whole epochs that it holds. */
  readonly epoch: number;
  /** Steps that it holds. */
  readonly step: number;
}

export interface BatchEvent<M = Scores> {
  readonly type: 'batch';
  readonly epoch: number;
  /** In its epoch. */
  readonly batch: number;
  /** In the run. */
  readonly step: number;
  readonly loss: number;
  readonly metrics: M;
  readonly lr: number;
}

export interface EpochEvent<M = Scores> {
  readonly type: 'epoch';
  readonly epoch: number;
  /** Steps of the run so far. */
  readonly step: number;
  /** Mean over the epoch's batches, weighted by rows. */
  readonly loss: number;
  readonly metrics: M;
  /** Of the epoch's last step. */
  readonly lr: number;
  /** Loss and metrics on the validation data, if there is any. */
  readonly validation?: { readonly loss: number } & M;
  /** Since the run began. */
  readonly seconds: number;
}

/** Reported between epochs, about as often as a progress bar wants it. */
export interface ProgressEvent<M = Scores> {
  readonly epoch: number;
  /** Batches of this epoch that are done. */
  readonly batch: number;
  readonly step: number;
  /** Mean over the epoch so far. */
  readonly loss: number;
  readonly metrics: M;
}

/** The number that a name like `loss`, `accuracy` or `validation.accuracy` stands for. */
export function monitored(event: EpochEvent, name: string): unknown {
  const [first, rest] = name.startsWith('validation.') ? [event.validation, name.slice('validation.'.length)] : [event, name];
  if (first === undefined) return undefined;
  return rest === 'loss' ? first.loss : first === event ? event.metrics[rest] : (first as Scores)[rest];
}
