/** Looks at the coming step of a run between two chunks, and changes nothing. */

import { StateError } from '../../errors.js';
import type { NativeSession } from '../../native/binding.js';
import { trainableVersion } from '../../tensor/variable.js';
import type { Position } from '../chunk.js';
import type { Flow } from '../flow.js';
import { numberValues, stepNumbers } from '../numbers.js';
import type { Batching } from '../session.js';
import type { StepSpec } from '../step.js';
import type { Supply } from '../supply.js';
import type { Training } from '../training.js';
import { GradientNorm, type NormOrder } from './gradientNorm.js';
import { type ProbeProgram, type ProbeShape, probeProgram } from './program.js';
import type { CheckedProbeRequest, Probe } from './report.js';
import { openSession } from './session.js';

/** Where a run stands. */
export interface Moment {
  readonly position: Position;
  /** Steps that were taken. */
  readonly step: number;
  /** The step whose numbers schedules are asked for. */
  readonly scheduled: number;
}

interface Open {
  readonly native: NativeSession;
  readonly program: ProbeProgram;
}

/**
 * Programs are made when they are first asked for, over the variables of the run, and kept until
 * other parameters are trained. Nothing may train while one of them runs.
 */
export class Prober {
  private readonly open = new Map<string, Open>();
  private version = trainableVersion();
  private whole: GradientNorm | undefined;
  private aborted = false;

  constructor(
    private readonly spec: StepSpec & { readonly training: Training },
    private readonly flow: Flow,
    private readonly supply: Supply,
    private readonly batching: Batching,
    /** Where schedules begin. */
    private readonly firstStep: number,
  ) {}

  /** Undefined if it was cut off. */
  async probe(request: CheckedProbeRequest, { position, step, scheduled }: Moment): Promise<Probe | undefined> {
    this.checkInMemory('run.probe');
    await this.dropStale();
    if (this.aborted) return undefined;
    const { epoch } = position;
    const coming = request.rows === undefined;
    const wanted = coming ? this.comingRows(position) : Math.min(request.rows, this.flow.rows);
    const feed = await this.rowsFrom({ epoch, batch: coming ? position.batch : 0 }, wanted);
    if (this.aborted) return undefined;
    // A last batch that is left out may be among those that were wanted.
    const rows = feed.order?.length ?? wanted;
    const opened = await this.session(coming ? this.spec.batchSize : rows, { ...request, rows });
    if (!opened) return undefined;
    const { native, program } = opened;
    const numbers = stepNumbers(this.spec.training, this.firstStep);
    const lr = numbers[0].at(scheduled);
    const scalars = numberValues(numbers, scheduled, 1, this.spec.model.dtype);
    const result = await native.run({ epoch, batch: coming ? position.batch : 0, steps: 1, ...feed, scalars, perStep: false });
    return result.stop === 'done' ? { epoch, step, rows, lr, ...program.read(result.epochs[0]!.sums) } : undefined;
  }

  /** Norm of the loss's gradient over all rows. Undefined if it was cut off. */
  async gradientNorm(order: NormOrder, at: Moment): Promise<number | undefined> {
    if (this.aborted) return undefined;
    this.checkInMemory('run.gradientNorm');
    const { rows } = this.flow;
    const feed = await this.rowsFrom({ epoch: at.position.epoch, batch: 0 }, rows);
    if (this.aborted) return undefined;
    this.whole ??= new GradientNorm(this.spec, this.flow.columns, feed.order?.length ?? rows);
    return this.whole.measure(order, at.step, feed);
  }

  abort(): void {
    this.aborted = true;
    for (const { native } of this.open.values()) native.abort();
    this.whole?.abort();
  }

  async close(): Promise<void> {
    this.abort();
    await Promise.all([...[...this.open.values()].map(({ native }) => native.close()), this.whole?.close()]);
  }

  private comingRows({ batch }: Position): number {
    return Math.min(this.spec.batchSize, this.flow.rows - batch * this.spec.batchSize);
  }

  private checkInMemory(where: string): void {
    if (this.flow.resident) return;
    throw new StateError(
      `${where}: the rows of this run come from a stream and are not in memory; look at rows of your own with stepSizes() or diagnose()`,
      { op: where },
    );
  }

  /** So many rows from a position on, if a dataset says which; else they follow from the session's own order. */
  private async rowsFrom(position: Position, rows: number): Promise<{ readonly order?: Int32Array }> {
    const portion = await this.supply.take(position, Math.ceil(rows / this.spec.batchSize));
    const order = portion?.feed.order;
    return order ? { order: order.subarray(0, rows) } : {};
  }

  /** Programs that train what is not trained any more. */
  private async dropStale(): Promise<void> {
    if (this.version === trainableVersion()) return;
    this.version = trainableVersion();
    const stale = [...this.open.values()];
    this.open.clear();
    await Promise.all(stale.map(({ native }) => native.close()));
  }

  /** Undefined if it was cut off meanwhile. */
  private async session(batchSize: number, shape: ProbeShape): Promise<Open | undefined> {
    const key = [batchSize, shape.rows, shape.bins, shape.activations].join();
    const known = this.open.get(key);
    if (known) return known;
    const program = await probeProgram(this.spec, this.flow.columns, shape);
    if (this.aborted) return undefined;
    const { seed } = this.spec;
    const native = openSession(this.flow.columns, [program], {
      ...this.batching,
      shuffle: this.flow.gathers,
      batchSize,
      seed,
      scalars: program.scalars,
    });
    const made = { native, program };
    this.open.set(key, made);
    return made;
  }
}
