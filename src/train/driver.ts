import { describe, OptionError, StateError } from '../errors.js';
import type { EpochSums, RunResult, RunSpec } from '../native/binding.js';
import type { LearningRate } from '../optim/optimizer.js';
import { checkArgument, text } from '../options.js';
import { environment } from './about.js';
import { BatchHooks } from './callbacks/batches.js';
import { type Callback, keepsState, type RunContext, type Weights } from './callbacks/callback.js';
import type { RunRecord, RunTerms } from './checkpoint/record.js';
import type { Resumed } from './checkpoint/resume.js';
import { advance, type ChunkPlan, nextChunk, type Position, stepsUntil } from './chunk.js';
import type { BatchEvent, EpochEvent, ProgressEvent, Scores } from './events.js';
import { type History, Recorder } from './history.js';
import type { StepNumber } from './numbers.js';
import type { Outputs } from './outputs.js';
import type { RunListeners } from './run.js';
import type { Portion, Supply } from './supply.js';
import { Totals } from './totals.js';

/** Everything a run needs; made by `fit` before the run begins. */
export interface RunPlan {
  readonly outputs: Outputs;
  readonly flops: number;
  readonly rows: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly supply: Pick<Supply, 'stepsPerEpoch' | 'place' | 'commit'>;
  /** The batches of the coming steps, at most so many. Undefined after an abort. */
  take(position: Position, most: number): Promise<Portion | undefined>;
  readonly callbacks: readonly Callback[];
  /** One chunk of steps. */
  run(chunk: RunSpec): Promise<RunResult>;
  /** Cuts off what is running, before its next commit. */
  abort(): void;
  /** What the coming steps are given anew, as it is now. */
  numbers(): readonly [lr: StepNumber, ...StepNumber[]];
  /** Whose learning rate that is. */
  readonly optimizer: { lr: LearningRate };
  /** How the run began. */
  readonly begun: { readonly terms: RunTerms; readonly firstStep: number };
  /** Where it goes on. */
  readonly resumed: Resumed | undefined;
  /** Such numbers as the arguments of steps. */
  scalars(numbers: readonly StepNumber[], first: number, steps: number): Float32Array;
  /** Loss and metrics on the validation data; undefined if it was cut off. */
  readonly validate?: () => Promise<({ readonly loss: number } & Scores) | undefined>;
  /** Called at the end of every epoch. */
  readonly publish?: () => Promise<void>;
  /** Traces anew if what the model trains has changed. */
  follow(): Promise<void>;
  /** What it trains now. */
  groups(): RunRecord['groups'];
  snapshot(): Promise<unknown>;
  /** The weights that the model gets in the end if no callback gives others; undefined: it keeps its own. */
  average(): Promise<unknown>;
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

/** Hooks that the driver calls. */
type Hook = Exclude<keyof Callback, 'batchEvery' | 'setup'>;

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
  private readonly batches: BatchHooks;
  private readonly started: number;
  private position: Position = { epoch: 0, batch: 0 };
  /** Steps of the present epoch: Infinity while that is not known. */
  private stepsPerEpoch: number;
  /** Of the last epoch that ended. */
  private lastSteps = Number.POSITIVE_INFINITY;
  private step = 0;
  /** The learning rate of the last chunk. */
  private rate: StepNumber;
  private stopReason: string | undefined;
  private final: Snapshot | undefined;
  private readonly snapshots = new WeakSet<Weights>();
  private readonly asked = new Set<string>();
  private readonly environment = environment();
  private closed = false;
  private saving = false;

  constructor(
    private readonly plan: RunPlan,
    private readonly listeners: RunListeners<Scores>,
  ) {
    this.recorder = new Recorder(plan.outputs.names, plan.validate !== undefined);
    this.partial = new Totals(plan.outputs.size);
    this.context = this.makeContext();
    this.batches = new BatchHooks(plan.callbacks);
    [this.rate] = plan.numbers();
    this.stepsPerEpoch = plan.supply.stepsPerEpoch;
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
    let final: unknown;
    try {
      await this.call('runBegin', this.context);
      this.loadStates();
      await this.saveAsked();
      while (this.stopReason === undefined && this.position.epoch < this.plan.epochs) await this.chunk();
      final = this.final ? this.final.contents : await this.plan.average();
    } catch (error) {
      failure = { error };
    }
    this.closed = true;
    try {
      await this.plan.close();
    } catch (error) {
      failure ??= { error };
    }
    if (!failure && final) this.plan.restore(final);
    const history = this.history(failure ? 'error' : 'epochs');
    try {
      await this.call('runEnd', history, this.context);
    } catch (error) {
      failure ??= { error };
    }
    if (failure) throw failure.error;
    return history;
  }

  private history(reason: string): History {
    const { final, environment, plan } = this;
    return this.recorder.history({
      steps: this.step,
      stopReason: this.stopReason ?? reason,
      seconds: this.seconds(),
      ...(final && final.epoch < this.recorder.epochs && { restoredEpoch: final.epoch }),
      options: { ...plan.begun.terms, epochs: plan.epochs, stepsPerEpoch: this.context.stepsPerEpoch },
      environment,
    });
  }

  private async chunk(): Promise<void> {
    const { plan, position } = this;
    if (position.batch === 0) await this.call('epochBegin', position.epoch + 1, this.context);
    await this.saveAsked();
    if (this.stopReason !== undefined) return;
    const shape = this.chunkPlan();
    const most = Math.min(nextChunk(shape, position), stepsUntil(this.batches.every, this.step));
    if (this.batches.wanted(this.step + 1)) await this.batchBegin();
    await plan.follow();
    if (this.stopReason !== undefined) return;
    const portion = await plan.take(position, most);
    if (!portion) return;
    const { steps, feed } = portion;
    this.stepsPerEpoch = Math.min(plan.supply.stepsPerEpoch, portion.ends ? position.batch + steps : Number.POSITIVE_INFINITY);
    const numbers = plan.numbers();
    [this.rate] = numbers;
    const scalars = plan.scalars(numbers, this.step, steps);
    const result = await plan.run({ ...position, steps, ...feed, scalars, perStep: plan.outputs.collects });
    plan.supply.commit(result.steps);
    this.record(result);
    if (result.stop === 'aborted') this.stop('aborted');
    if (result.refused) throw await plan.explain(result.refused, { step: this.step + 1, lr: this.rate.at(this.step) });
    await this.report(result, shape);
    await this.saveAsked();
  }

  private chunkPlan(): ChunkPlan {
    const { epochs, supply, flops, validate, publish } = this.plan;
    const hooks = (...names: (keyof Callback)[]) => this.plan.callbacks.some((callback) => names.some((name) => callback[name]));
    return {
      epochs,
      stepsPerEpoch: supply.stepsPerEpoch,
      flops,
      everyBatch: this.listeners.batches !== undefined,
      everyEpoch:
        this.listeners.epochs !== undefined ||
        validate !== undefined ||
        publish !== undefined ||
        hooks('epochBegin', 'epochEnd', 'progress'),
    };
  }

  /** Adds up what came back; epochs that are complete go to the history. */
  private record(result: RunResult): void {
    const { partial, plan, stepsPerEpoch } = this;
    let step = this.step;
    for (const [epoch, perStep] of plan.outputs.parts(result)) {
      partial.add(epoch, perStep);
      step += epoch.steps;
      if (partial.steps < stepsPerEpoch) continue;
      const { loss, metrics } = plan.outputs.read(partial);
      this.recorder.add(loss, metrics, this.rate.at(step - 1));
      this.lastSteps = partial.steps;
      partial.clear();
    }
    this.step += result.steps;
    this.position = advance(this.position, result.steps, stepsPerEpoch);
  }

  private async report(result: RunResult, shape: ChunkPlan): Promise<void> {
    if (result.steps === 0) return;
    if (shape.everyBatch || this.batches.wanted(this.step)) await this.batchEnd(result);
    if (this.position.batch > 0) return this.call('progress', this.progressEvent(), this.context);
    if (shape.everyEpoch) await this.epochEnd();
  }

  private async batchBegin(): Promise<void> {
    const { epoch, batch } = this.position;
    const event = { epoch: epoch + 1, batch: batch + 1, step: this.step + 1 };
    await this.callOn(this.batches.at(event.step), 'batchBegin', event, this.context);
    await this.saveAsked();
  }

  private async batchEnd(result: RunResult): Promise<void> {
    const [[only, perStep]] = this.plan.outputs.parts(result) as [readonly [EpochSums, Float64Array | undefined]];
    const totals = new Totals(this.plan.outputs.size);
    totals.add(only, perStep);
    const { loss, metrics } = this.plan.outputs.read(totals);
    const event: BatchEvent = {
      type: 'batch',
      epoch: only.epoch + 1,
      batch: this.position.batch || this.stepsPerEpoch,
      step: this.step,
      loss,
      metrics: this.plan.outputs.named(metrics),
      lr: this.rate.at(this.step - 1),
    };
    await this.callOn(this.batches.at(event.step), 'batchEnd', event, this.context);
    await this.listeners.batches?.put(event);
  }

  private async epochEnd(): Promise<void> {
    const { plan, recorder } = this;
    await plan.publish?.();
    if (plan.validate) await this.call('validationBegin', recorder.epochs, this.context);
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
  private async call<K extends Hook>(hook: K, ...args: Parameters<NonNullable<Callback[K]>>): Promise<void> {
    await this.callOn(this.plan.callbacks, hook, ...args);
  }

  private async callOn<K extends Hook>(
    callbacks: readonly Callback[],
    hook: K,
    ...args: Parameters<NonNullable<Callback[K]>>
  ): Promise<void> {
    for (const callback of callbacks) {
      const called = (callback[hook] as ((...args: unknown[]) => unknown) | undefined)?.apply(callback, args);
      if (called !== undefined) await called;
    }
  }

  private makeContext(): RunContext {
    const driver = this;
    const { epochs, supply, batchSize, rows, outputs, validate } = this.plan;
    const names = ['loss', ...outputs.names];
    return {
      epochs,
      get stepsPerEpoch() {
        return Math.min(supply.stepsPerEpoch, driver.lastSteps);
      },
      batchSize,
      rows,
      monitors: [...names, ...(validate ? names.map((name) => `validation.${name}`) : [])],
      stop: (reason) => this.stop(checkArgument('run.stop', 'reason', reason, text())),
      snapshot: () => this.snapshot(),
      finishWith: (weights) => this.finishWith(weights),
      checkpoint: (path) => this.ask(checkArgument('run.checkpoint', 'path', path, text())),
      get seconds() {
        return driver.seconds();
      },
      get lr() {
        return driver.plan.numbers()[0].at(driver.step);
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

  // ---- checkpoints ----

  private ask(path: string): void {
    if (this.closed) throw new StateError('run.checkpoint: the run has ended');
    if (this.saving) throw new StateError('run.checkpoint: one is being written; ask in another hook');
    this.asked.add(path);
  }

  private async saveAsked(): Promise<void> {
    const paths = [...this.asked];
    this.asked.clear();
    this.saving = true;
    for (const path of paths) {
      const event = { path, epoch: this.recorder.epochs, step: this.step };
      await this.call('checkpointBegin', event, this.context);
      await this.plan.save(path, this.describeRun(), this.final?.contents);
      await this.call('checkpointEnd', event, this.context);
    }
    this.saving = false;
  }

  private describeRun(): RunRecord {
    const { plan, partial, stopReason } = this;
    return {
      ...plan.begun,
      groups: plan.groups(),
      position: this.position,
      place: plan.supply.place,
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
