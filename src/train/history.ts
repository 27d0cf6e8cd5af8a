import type { Environment, RunOptions } from './about.js';
import type { KeptHistory } from './checkpoint/keptHistory.js';
import { NumberColumn } from './column.js';
import type { EpochEvent, Scores } from './events.js';

/** Values of every metric, one an epoch. */
export type Columns<M> = { readonly [K in keyof M]: readonly M[K][] };

/** What a run did, one entry an epoch in every list. */
export interface History<M = Scores> {
  /** Training loss: the mean over the epoch's batches, weighted by rows. */
  readonly loss: readonly number[];
  /** Training metrics by name. */
  readonly metrics: Columns<M>;
  /** Loss and metrics on the validation data, if there was any. An abort may cut off the last epoch's. */
  readonly validation?: Columns<{ readonly loss: number } & M>;
  readonly lr: readonly number[];
  /** Whole epochs that were trained. */
  readonly epochs: number;
  readonly steps: number;
  /** `epochs` when all were trained, `aborted`, `earlyStopping`, or what a callback gave to `stop`. */
  readonly stopReason: string;
  readonly seconds: number;
  /** The epoch whose weights the model has, if they are not the last epoch's: `earlyStopping({ restoreBest: true })`. */
  readonly restoredEpoch?: number;
  readonly options: RunOptions;
  readonly environment: Environment;
}

/** One list: numbers without an object each, anything else as it is. */
class Series {
  private readonly numbers = new NumberColumn();
  private readonly others: unknown[] = [];

  push(value: unknown): void {
    if (typeof value === 'number') this.numbers.push(value);
    else this.others.push(value);
  }

  last(): unknown {
    return this.others.length > 0 ? this.others.at(-1) : this.numbers.last();
  }

  toArray(): unknown[] {
    return this.others.length > 0 ? [...this.others] : this.numbers.toArray();
  }
}

/** Collects a history while the run goes on. */
export class Recorder {
  private readonly loss = new NumberColumn();
  private readonly lr = new NumberColumn();
  private readonly metrics: readonly Series[];
  private readonly validation: ReadonlyMap<string, Series> | undefined;

  constructor(
    private readonly metricNames: readonly string[],
    hasValidation: boolean,
  ) {
    this.metrics = metricNames.map(() => new Series());
    this.validation = hasValidation ? new Map(['loss', ...metricNames].map((name) => [name, new Series()])) : undefined;
  }

  get epochs(): number {
    return this.loss.length;
  }

  /** `metrics` in the order of the names. */
  add(loss: number, metrics: readonly unknown[], lr: number): void {
    this.loss.push(loss);
    this.lr.push(lr);
    for (let i = 0; i < metrics.length; i++) this.metrics[i]!.push(metrics[i]);
  }

  /** Everything at once: what another recorder gave as `kept`. */
  restore({ loss, lr, metrics, validation }: KeptHistory): void {
    for (let i = 0; i < loss.length; i++)
      this.add(
        loss[i]!,
        this.metricNames.map((name) => metrics[name]![i]),
        lr[i]!,
      );
    for (const [name, series] of this.validation ?? []) for (const value of validation![name]!) series.push(value);
  }

  addValidation(scores: NonNullable<EpochEvent['validation']>): void {
    for (const [name, series] of this.validation!) series.push((scores as Scores)[name]);
  }

  /** Loss, metrics and learning rate of the last epoch. */
  last(): { loss: number; metrics: Scores; lr: number } {
    const metrics = Object.fromEntries(this.metricNames.map((name, i) => [name, this.metrics[i]!.last()]));
    return { loss: this.loss.last()!, metrics, lr: this.lr.last()! };
  }

  kept(): KeptHistory {
    const metrics = Object.fromEntries(this.metricNames.map((name, i) => [name, this.metrics[i]!.toArray()]));
    const validation = this.validation && Object.fromEntries([...this.validation].map(([name, series]) => [name, series.toArray()]));
    return { loss: this.loss.toArray(), metrics, ...(validation && { validation }), lr: this.lr.toArray() };
  }

  history(rest: Omit<History, keyof KeptHistory | 'epochs'>): History {
    return { ...(this.kept() as unknown as Pick<History, keyof KeptHistory>), epochs: this.epochs, ...rest };
  }
}
