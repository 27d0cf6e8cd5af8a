/** Looks at the coming step of a run between two chunks, and changes nothing. */

import { runChecksSync, targetChecks } from '../../data/check.js';
import { type Column, type Columns, nativesOf, rowsOf } from '../../data/columns.js';
import { StateError } from '../../errors.js';
import type { NativeSession, RunSpec } from '../../native/binding.js';
import { trainableVersion } from '../../tensor/variable.js';
import { typesOf } from '../batchPrograms.js';
import type { Position } from '../chunk.js';
import { onlyEpoch } from '../epochSums.js';
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
  /** No step is to come. */
  readonly over: boolean;
}

/** What a probe reads. */
interface Look {
  readonly columns: Columns;
  /** Of a stream's batch, which may differ from those before it. */
  readonly types?: string;
  readonly rows: number;
  /** Of the epoch, where the core's own order says which rows these are. */
  readonly batch: number;
  readonly batchSize: number;
  readonly order?: Int32Array;
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
  /** Of the stream's batches that they are for. */
  private types: string | undefined;
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

  /** Undefined if it was cut off, or if no batch of a stream is to come. */
  async probe(request: CheckedProbeRequest, moment: Moment): Promise<Probe | undefined> {
    await this.dropStale();
    if (this.aborted) return undefined;
    const look = this.flow.resident ? await this.inMemory(request, moment) : await this.nextOfStream(request, moment);
    if (!look || this.aborted) return undefined;
    const { rows, batch } = look;
    const opened = await this.session(look, { ...request, rows });
    if (!opened) return undefined;
    const { native, program } = opened;
    const { step, scheduled } = moment;
    const { epoch } = moment.position;
    const numbers = stepNumbers(this.spec.training, this.firstStep);
    const lr = numbers[0].at(scheduled);
    const scalars = numberValues(numbers, scheduled, 1, this.spec.model.dtype);
    const result = await native.run({ epoch, batch, steps: 1, ...this.feedOf(look, program), scalars, perStep: false });
    return result.stop === 'done' ? { epoch, step, rows, lr, ...program.read(onlyEpoch(result).sums) } : undefined;
  }

  /** Norm of the loss's gradient over all rows. Undefined if it was cut off. */
  async gradientNorm(order: NormOrder, at: Moment): Promise<number | undefined> {
    if (this.aborted) return undefined;
    this.checkInMemory();
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

  /** The coming step's rows, or so many from the beginning of its epoch. */
  private async inMemory(request: CheckedProbeRequest, { position: { epoch, batch } }: Moment): Promise<Look> {
    const { flow, spec } = this;
    const { columns } = flow;
    const coming = request.rows === undefined;
    const wanted = coming ? Math.min(spec.batchSize, flow.rows - batch * spec.batchSize) : Math.min(request.rows, flow.rows);
    const first = coming ? batch : 0;
    const chosen = await this.rowsFrom({ epoch, batch: first }, wanted);
    // A last batch that is left out may be among those that were wanted.
    const rows = chosen.order?.length ?? wanted;
    return { columns, rows, batch: first, batchSize: coming ? spec.batchSize : rows, ...chosen };
  }

  /** The batch that comes next, which stays. */
  private async nextOfStream(request: CheckedProbeRequest, { position, over }: Moment): Promise<Look | undefined> {
    const [next] = over ? [] : await this.supply.peek(position, 1);
    if (!next) return undefined;
    const rows = Math.min(request.rows ?? Number.POSITIVE_INFINITY, rowsOf(next.x));
    const columns = rows === rowsOf(next.x) ? next : firstRows(next, rows);
    return { columns, types: typesOf(next), rows, batch: 0, batchSize: rows };
  }

  /** Throws `DataError` for targets of a stream that the loss cannot take. */
  private feedOf({ columns, rows, order }: Look, { program, graph, targets }: ProbeProgram): Pick<RunSpec, 'order' | 'fresh'> {
    if (this.flow.resident) return order ? { order } : {};
    runChecksSync(targetChecks(this.spec.where, columns.y, targets));
    return { fresh: [{ program: { batch: rows, program, checked: graph }, columns: nativesOf(columns), first: 0 }] };
  }

  private checkInMemory(): void {
    if (this.flow.resident) return;
    throw new StateError(
      'run.gradientNorm: the rows of this run come from a stream and are not in memory; run.probe() has the norm of the coming batch, and diagnose() looks at rows of your own',
      { op: 'run.gradientNorm' },
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
    await this.drop();
  }

  private async drop(): Promise<void> {
    const stale = [...this.open.values()];
    this.open.clear();
    await Promise.all(stale.map(({ native }) => native.close()));
  }

  /** Undefined if it was cut off meanwhile. */
  private async session({ columns, types, batchSize }: Look, shape: ProbeShape): Promise<Open | undefined> {
    const { resident, gathers } = this.flow;
    // A stream may have batches of any number of types.
    if (types !== this.types) await this.drop();
    this.types = types;
    const key = [batchSize, shape.rows, shape.bins, shape.activations].join();
    const known = this.open.get(key);
    if (known) return known;
    const program = await probeProgram(this.spec, columns, shape);
    if (this.aborted) return undefined;
    const { seed } = this.spec;
    const batching = { ...this.batching, shuffle: gathers, batchSize, seed, scalars: program.scalars };
    const native = openSession(columns, [program], { ...batching, fresh: !resident });
    const made = { native, program };
    this.open.set(key, made);
    return made;
  }
}

function firstRows({ x, y, weights }: Columns, rows: number): Columns {
  const first = (column: Column): Column => ({ ...column, values: column.values.slice(0, rows) });
  return { x: first(x), y: first(y), weights: weights && first(weights) };
}
