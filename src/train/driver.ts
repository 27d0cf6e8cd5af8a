import type { Columns } from '../data/columns.js';
import { describe, OptionError, StateError } from '../errors.js';
import type { RunResult } from '../native/binding.js';
import { checkArgument, text } from '../options.js';
import { environment } from './about.js';
import { BatchHooks } from './callbacks/batches.js';
import { type Callback, keepsState, type RunContext, type Weights } from './callbacks/callback.js';
import type { RunRecord } from './checkpoint/record.js';
import type { Resumed } from './checkpoint/resume.js';
import { advance, type ChunkPlan, nextChunk, type Position, stepsUntil } from './chunk.js';
import { chunkPlan } from './chunkPlan.js';
import { onlyEpoch } from './epochSums.js';
import type { BatchEvent, EpochEvent, ProgressEvent, Scores } from './events.js';
import { type History, Recorder } from './history.js';
import type { StepNumber } from './numbers.js';
import { Inspections } from './probe/inspections.js';
import type { Moment } from './probe/prober.js';
import type { RunListeners } from './run.js';
import type { RunPlan } from './runPlan.js';
import { Totals } from './totals.js';

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
  private readonly inspections: Inspections;
  private saving = false;

  constructor(
    private readonly plan: RunPlan,
    private readonly listeners: RunListeners<Scores>,
  ) {
    this.recorder = new Recorder(plan.outputs.names, plan.validate !== undefined);
    this.partial = new Totals(plan.outputs.size);
    this.inspections = new Inspections(plan, () => this.moment());
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

  /** Batches of a stream that the first steps read, before `run`. */
  async peek(): Promise<readonly Columns[]> {
    if (this.isOver()) return [];
    return this.plan.peek(this.position, this.nextSteps(chunkPlan(this.plan, this.listeners)));
  }

  async run(): Promise<History> {
    let failure: { error: unknown } | undefined;
    let final: unknown;
    try {
      await this.call('runBegin', this.context);
      this.loadStates();
      await this.saveAsked();
      while (!this.isOver()) await this.chunk();
      final = this.final ? this.final.contents : await this.plan.average();
    } catch (error) {
      failure = { error };
    }
    this.closed = true;
    this.inspections.close();
    try {
      await this.plan.close();
    } catch (error) {
      failure ??= { error };
    }
    if (!failure && final) this.plan.restore(final);
    const history = this.history(failure ? 'error' : this.limit());
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
    return this.step >= this.plan.steps ? 'steps' : this.position.epoch >= this.plan.epochs ? 'epochs' : undefined;
  }

  /** No step is to come. */
  private isOver(): boolean {
    return this.stopReason !== undefined || this.limit() !== undefined;
  }

  private history(reason: string | undefined): History {
    const { final, environment, plan } = this;
    return this.recorder.history({
      steps: this.step,
      stopReason: (this.stopReason ?? reason)!,
      seconds: this.seconds(),
      ...(final && final.epoch < this.recorder.epochs && { restoredEpoch: final.epoch }),
      options: {
        ...plan.begun.terms,
        epochs: plan.epochs,
        ...(Number.isFinite(plan.steps) && { steps: plan.steps }),
        stepsPerEpoch: this.context.stepsPerEpoch,
      },
      environment: environment(),
    });
  }

  private async chunk(): Promise<void> {
    const { plan, position } = this;
    if (position.batch === 0) await this.call('epochBegin', position.epoch + 1, this.context);
    await this.saveAsked();
    if (this.stopReason !== undefined) return;
    const shape = chunkPlan(this.plan, this.listeners);
    const most = this.nextSteps(shape);
    const hooked = this.batches.wanted(this.step + 1);
    // Of one step; who comes to listen while it runs sees the next.
    const seen = shape.everyBatch || hooked;
    if (hooked) await this.batchBegin();
    const result = await this.inspections.during(() => this.take(most, seen));
    if (!result) return;
    this.record(result);
    if (result.stop === 'aborted') this.stop('aborted');
    if (result.refused) throw await plan.explain(result.refused, { step: this.step + 1, lr: this.rate.at(this.step) });
    await this.report(result, shape, seen);
    await this.saveAsked();
  }

  /** The coming steps, as what is trained and the numbers are now; `seen`: with their outputs. None if the run was stopped meanwhile. */
  private async take(most: number, seen: boolean): Promise<RunResult | undefined> {
    const { plan, position } = this;
    await plan.follow();
    if (this.stopReason !== undefined) return undefined;
    const portion = await plan.take(position, most);
    if (!portion) return undefined;
    const { steps, feed } = portion;
    this.stepsPerEpoch = Math.min(plan.supply.stepsPerEpoch, portion.ends ? position.batch + steps : Number.POSITIVE_INFINITY);
    const numbers = plan.numbers();
    [this.rate] = numbers;
    const scalars = plan.scalars(numbers, this.step, steps);
    const perStep = plan.outputs.collects || seen;
    const result = await plan.run({ ...position, steps, ...feed, scalars, perStep, sums: this.partial.sums });
    plan.supply.commit(result.steps);
    return result;
  }

  private nextSteps(shape: ChunkPlan): number {
    return Math.min(nextChunk(shape, this.position), stepsUntil(this.batches.every, this.step), this.plan.steps - this.step);
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

  private async report(result: RunResult, shape: ChunkPlan, seen: boolean): Promise<void> {
    if (result.steps === 0) return;
    if (seen) await this.batchEnd(result);
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
    const { outputs } = this.plan;
    const only = onlyEpoch(result);
    const totals = new Totals(outputs.size);
    totals.add({ ...only, sums: result.perStep! }, outputs.collects ? result.perStep : undefined);
    const { loss, metrics } = outputs.read(totals);
    const event: BatchEvent = {
      type: 'batch',
      epoch: only.epoch + 1,
      batch: this.position.batch || this.stepsPerEpoch,
      step: this.step,
      loss,
      metrics: outputs.named(metrics),
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
    const { epochs, steps, supply, batchSize, rows, outputs, validate } = this.plan;
    const names = ['loss', ...outputs.names];
    return {
      epochs,
      steps,
      get stepsPerEpoch() {
        return Math.min(supply.stepsPerEpoch, driver.lastSteps);
      },
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
        return driver.plan.numbers()[0].at(driver.step);
      },
      set lr(value) {
        const { optimizer } = driver.plan;
        if (typeof optimizer.lr !== 'number')
          throw new StateError('run.lr: a schedule gives the learning rate of this run, it cannot be set');
        optimizer.lr = value;
      },
    };
  }

  /** A schedule may have no number for a step after the last. */
  private moment(): Moment {
    const { plan, position, step } = this;
    const last = Math.min(plan.steps, plan.epochs * plan.supply.stepsPerEpoch) - 1;
    return { position, step, scheduled: Math.min(step, last), over: this.isOver() };
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
      callbacks: plan.callbacks.filter(keepsState).map((callback) => callback.saveState!()),
    };
  }

  private loadStates(): void {
    const { resumed, callbacks } = this.plan;
    const states = resumed?.record.callbacks;
    if (states) for (const [i, callback] of callbacks.filter(keepsState).entries()) callback.loadState?.(states[i], this.context);
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
