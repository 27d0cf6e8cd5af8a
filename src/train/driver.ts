import { describe, OptionError, StateError } from '../errors.js';
import type { EpochSums, RunResult, RunSpec } from '../native/binding.js';
import type { LearningRate } from '../optim/optimizer.js';
import { checkArgument, text } from '../options.js';
import { type Callback, keepsState, type RunContext, type Weights } from './callbacks/callback.js';
import type { RunRecord, RunTerms } from './checkpoint/record.js';
import type { Resumed } from './checkpoint/resume.js';
import { advance, type ChunkPlan, nextChunk, type Position } from './chunk.js';
import type { BatchEvent, EpochEvent, ProgressEvent, Scores } from './events.js';
import { type History, Recorder } from './history.js';
import type { Outputs } from './outputs.js';
import { type Inspected, Inspections } from './probe/inspections.js';
import type { Moment } from './probe/prober.js';
import type { RunListeners } from './run.js';
import { Totals } from './totals.js';

/** A learning rate. Steps of the run count from 0. */
export interface Rate {
  /** Whether it differs from step to step. */
  readonly varies: boolean;
  at(step: number): number;
}

/** Everything a run needs; made by `fit` before the run begins. */
export interface RunPlan extends Inspected {
  readonly outputs: Outputs;
  readonly flops: number;
  readonly rows: number;
  readonly batchSize: number;
  readonly epochs: number;
  /** Steps after which the run ends; infinite: none. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly callbacks: readonly Callback[];
  /** One chunk of steps. */
  run(chunk: RunSpec): Promise<RunResult>;
  /** Cuts off what is running, before its next commit. */
  abort(): void;
  /** The learning rate of the coming steps, as it is now. */
  rate(): Rate;
  /** Whose rate that is. */
  readonly optimizer: { lr: LearningRate };
  /** How the run began. */
  readonly begun: { readonly terms: RunTerms; readonly firstStep: number };
  /** Where it goes on. */
  readonly resumed: Resumed | undefined;
  /** A learning rate as the arguments of a step. */
  scalars(lr: number): Float32Array;
  /** Loss and metrics on the validation data; undefined if it was cut off. */
  readonly validate?: () => Promise<({ readonly loss: number } & Scores) | undefined>;
  /** Called at the end of every epoch. */
  readonly publish?: () => Promise<void>;
  snapshot(): Promise<unknown>;
  restore(weights: unknown): void;
  /** Writes a checkpoint, with the weights that the model gets in the end if they are others. */
  save(path: string, record: RunRecord, final: unknown): Promise<void>;
  /** The error for a step that the guard refused. */
  explain(refused: NonNullable<RunResult['refused']>, about: { readonly step: number; readonly lr: number }): Promise<Error>;
  /** Ends the sessions and gives the model back. */
  close(): Promise<void>;
}

/** Reasons after which a run that is resumed goes on. */
const INTERRUPTIONS: ReadonlySet<string> = new Set(['aborted', 'signal', 'timeLimit']);

/** A copy of the weights, as callbacks hold it. */
class Snapshot implements Weights {
  constructor(
    readonly epoch: number,
    readonly contents: unknown,
  ) {}
}

/** Runs a plan chunk by chunk: numbers go to the history, events to whoever listens. */
export class Driver {
  private readonly recorder: Recorder;
  /** Of the epoch that is not over. */
  private readonly partial: Totals;
  private readonly context: RunContext;
  private readonly started: number;
  private position: Position = { epoch: 0, batch: 0 };
  private step = 0;
  private rate: Rate;
  private stopReason: string | undefined;
  private final: Snapshot | undefined;
  private readonly snapshots = new WeakSet<Weights>();
  private readonly asked = new Set<string>();
  private closed = false;
  private readonly inspections: Inspections;

  constructor(
    private readonly plan: RunPlan,
    private readonly listeners: RunListeners<Scores>,
  ) {
    this.recorder = new Recorder(plan.outputs.names, plan.validate !== undefined);
    this.partial = new Totals(plan.outputs.size);
    this.inspections = new Inspections(plan, () => this.moment());
    this.context = this.makeContext();
    this.rate = plan.rate();
    const { resumed } = plan;
    this.started = performance.now() - (resumed?.record.seconds ?? 0) * 1000;
    if (resumed) this.goOn(resumed);
  }

  /** Where the checkpoint left off. */
  private goOn({ record, final }: Resumed): void {
    this.recorder.restore(record.history);
    this.partial.restore(record.partial);
    this.position = record.position;
    this.step = record.step;
    this.stopReason = record.stopReason ?? undefined;
    if (final) this.final = new Snapshot(record.finalEpoch!, final);
  }

  /** Stops before the next commit; what is already running is cut off. */
  abort(): void {
    this.stop('aborted');
    this.plan.abort();
  }

  async run(): Promise<History> {
    let failure: { error: unknown } | undefined;
    try {
      await this.call('runBegin', this.context);
      this.loadStates();
      while (this.stopReason === undefined && this.limit() === undefined) await this.chunk();
    } catch (error) {
      failure = { error };
    }
    this.closed = true;
    this.inspections.close();
    await this.plan.close();
    if (!failure && this.final) this.plan.restore(this.final.contents);
    const history = this.recorder.history(this.step, this.stopReason ?? (failure ? 'error' : this.limit()!), this.seconds());
    try {
      await this.call('runEnd', history, this.context);
    } catch (error) {
      failure ??= { error };
    }
    if (failure) throw failure.error;
    return history;
  }

  /** Which limit the run has reached. */
  private limit(): 'steps' | 'epochs' | undefined {
    if (this.step >= this.plan.steps) return 'steps';
    return this.position.epoch < this.plan.epochs ? undefined : 'epochs';
  }

  private async chunk(): Promise<void> {
    const { plan, position } = this;
    if (position.batch === 0) await this.call('epochBegin', position.epoch + 1, this.context);
    if (this.stopReason !== undefined) return;
    const shape = this.chunkPlan();
    this.rate = plan.rate();
    const steps = Math.min(nextChunk(shape, position), plan.steps - this.step);
    const spec = { ...position, steps, scalars: this.scalars(steps), perStep: plan.outputs.collects };
    const result = await this.inspections.during(() => plan.run(spec));
    this.record(result);
    if (result.stop === 'aborted') this.stop('aborted');
    if (result.refused) throw await plan.explain(result.refused, { step: this.step + 1, lr: this.rate.at(this.step) });
    await this.report(result, shape);
    await this.saveAsked();
  }

  /** Learning rates of the coming steps: one row for all, or one for each. */
  private scalars(steps: number): Float32Array {
    const { plan, rate, step } = this;
    if (!rate.varies) return plan.scalars(rate.at(step));
    const rows = Array.from({ length: steps }, (_, i) => plan.scalars(rate.at(step + i)));
    return Float32Array.from(rows.flatMap((row) => [...row]));
  }

  private chunkPlan(): ChunkPlan {
    const { epochs, stepsPerEpoch, flops, validate, publish } = this.plan;
    const hooks = (...names: (keyof Callback)[]) => this.plan.callbacks.some((callback) => names.some((name) => callback[name]));
    return {
      epochs,
      stepsPerEpoch,
      flops,
      everyBatch: this.listeners.batches !== undefined || hooks('batchEnd'),
      everyEpoch:
        this.listeners.epochs !== undefined ||
        validate !== undefined ||
        publish !== undefined ||
        hooks('epochBegin', 'epochEnd', 'progress'),
    };
  }

  /** Adds up what came back; epochs that are complete go to the history. */
  private record(result: RunResult): void {
    const { partial, plan } = this;
    for (const [epoch, perStep] of plan.outputs.parts(result)) {
      partial.add(epoch, perStep);
      if (partial.steps < plan.stepsPerEpoch) continue;
      const { loss, metrics } = plan.outputs.read(partial);
      this.recorder.add(loss, metrics, this.rate.at(plan.stepsPerEpoch * (this.recorder.epochs + 1) - 1));
      partial.clear();
    }
    this.step += result.steps;
    this.position = advance(this.position, result.steps, plan.stepsPerEpoch);
  }

  private async report(result: RunResult, shape: ChunkPlan): Promise<void> {
    if (result.steps === 0) return;
    if (shape.everyBatch) await this.batchEnd(result);
    if (this.position.batch > 0) return this.call('progress', this.progressEvent(), this.context);
    if (shape.everyEpoch) await this.epochEnd();
  }

  private async batchEnd(result: RunResult): Promise<void> {
    const [[only, perStep]] = this.plan.outputs.parts(result) as [readonly [EpochSums, Float64Array | undefined]];
    const totals = new Totals(this.plan.outputs.size);
    totals.add(only, perStep);
    const { loss, metrics } = this.plan.outputs.read(totals);
    const event: BatchEvent = {
      type: 'batch',
      epoch: only.epoch + 1,
      batch: this.position.batch || this.plan.stepsPerEpoch,
      step: this.step,
      loss,
      metrics: this.plan.outputs.named(metrics),
      lr: this.rate.at(this.step - 1),
    };
    await this.call('batchEnd', event, this.context);
    await this.listeners.batches?.put(event);
  }

  private async epochEnd(): Promise<void> {
    const { plan, recorder } = this;
    await plan.publish?.();
    const validation = await plan.validate?.();
    if (plan.validate && !validation) return;
    if (validation) {
      recorder.addValidation(validation);
      await this.call('validationEnd', validation, this.context);
    }
    const event: EpochEvent = {
      type: 'epoch',
      epoch: recorder.epochs,
      step: this.step,
      ...recorder.last(),
      ...(validation && { validation }),
      seconds: this.seconds(),
    };
    await this.call('epochEnd', event, this.context);
    await this.listeners.epochs?.put(event);
  }

  private progressEvent(): ProgressEvent {
    const { loss, metrics } = this.plan.outputs.read(this.partial);
    const { epoch, batch } = this.position;
    return { epoch: epoch + 1, batch, step: this.step, loss, metrics: this.plan.outputs.named(metrics) };
  }

  /** One hook of every callback that has it, in order. */
  private async call<K extends keyof Callback>(hook: K, ...args: Parameters<NonNullable<Callback[K]>>): Promise<void> {
    for (const callback of this.plan.callbacks) {
      const called = (callback[hook] as ((...args: unknown[]) => unknown) | undefined)?.apply(callback, args);
      if (called !== undefined) await called;
    }
  }

  private makeContext(): RunContext {
    const driver = this;
    const { epochs, steps, stepsPerEpoch, batchSize, rows, outputs, validate } = this.plan;
    const names = ['loss', ...outputs.names];
    return {
      epochs,
      steps,
      stepsPerEpoch,
      batchSize,
      rows,
      monitors: [...names, ...(validate ? names.map((name) => `validation.${name}`) : [])],
      stop: (reason) => this.stop(checkArgument('run.stop', 'reason', reason, text())),
      snapshot: () => this.snapshot(),
      finishWith: (weights) => this.finishWith(weights),
      ...this.inspections.hooks,
      checkpoint: (path) => this.ask(checkArgument('run.checkpoint', 'path', path, text())),
      get seconds() {
        return driver.seconds();
      },
      get lr() {
        return driver.plan.rate().at(driver.step);
      },
      set lr(value) {
        driver.setRate(value);
      },
    };
  }

  private setRate(value: number): void {
    const { optimizer } = this.plan;
    if (typeof optimizer.lr !== 'number') throw new StateError('run.lr: a schedule gives the learning rate of this run, it cannot be set');
    optimizer.lr = value;
  }

  /** A schedule may have no rate for a step after the last. */
  private moment(): Moment {
    const { plan, position, step } = this;
    const last = Math.min(plan.steps, plan.epochs * plan.stepsPerEpoch) - 1;
    return { position, step, lr: plan.rate().at(Math.min(step, last)) };
  }

  // ---- checkpoints ----

  private ask(path: string): void {
    if (this.closed) throw new StateError('run.checkpoint: the run has ended');
    this.asked.add(path);
  }

  private async saveAsked(): Promise<void> {
    const paths = [...this.asked];
    this.asked.clear();
    for (const path of paths) await this.plan.save(path, this.describeRun(), this.final?.contents);
  }

  private describeRun(): RunRecord {
    const { plan, partial, stopReason } = this;
    return {
      ...plan.begun,
      position: this.position,
      step: this.step,
      lr: typeof plan.optimizer.lr === 'number' ? plan.optimizer.lr : null,
      partial: partial.keep(),
      history: this.recorder.kept(),
      stopReason: stopReason === undefined || INTERRUPTIONS.has(stopReason) ? null : stopReason,
      seconds: this.seconds(),
      finalEpoch: this.final?.epoch ?? null,
      callbacks: this.stateful().map((callback) => callback.saveState!()),
    };
  }

  private stateful(): readonly Callback[] {
    return this.plan.callbacks.filter(keepsState);
  }

  private loadStates(): void {
    const states = this.plan.resumed?.record.callbacks;
    if (states) for (const [i, callback] of this.stateful().entries()) callback.loadState?.(states[i], this.context);
  }

  private async snapshot(): Promise<Weights> {
    if (this.closed) throw new StateError('run.snapshot: the run has ended; read the weights from the model');
    const made = new Snapshot(this.recorder.epochs, await this.plan.snapshot());
    this.snapshots.add(made);
    return made;
  }

  private finishWith(weights: Weights): void {
    if (this.closed) throw new StateError('run.finishWith: the run has ended');
    if (!this.snapshots.has(weights)) {
      throw new OptionError(`run.finishWith: weights must be what snapshot() of this run gave, found ${describe(weights)}`);
    }
    this.final = weights as Snapshot;
  }

  private stop(reason: string): void {
    this.stopReason ??= reason;
  }

  private seconds(): number {
    return (performance.now() - this.started) / 1000;
  }
}
