/** Batches of a source that is read while the core trains on those before. */

import { Ahead } from '../data/ahead.js';
import type { Columns } from '../data/columns.js';
import type { Batch } from '../data/row.js';
import type { Source } from '../data/source.js';
import { DataError } from '../errors.js';
import type { FreshBatch } from '../native/binding.js';
import type { BatchPrograms, Compiled, ReadyBatch } from './batchPrograms.js';
import type { Position } from './chunk.js';
import type { Place, Portion, Supply } from './supply.js';

/** A source that has been opened: its first batch is known, and not lost. */
export interface OpenSource {
  readonly source: Source<Batch>;
  readonly where: string;
  readonly pass: number;
  readonly first: Batch;
  readonly iterator: AsyncIterator<Batch>;
}

/** Reads the first batch. Undefined if that was cut off; throws `DataError` if there is none. */
export async function openSource(
  where: string,
  source: Source<Batch>,
  pass: number,
  cancelled: Promise<unknown>,
): Promise<OpenSource | undefined> {
  const iterator = source.read(pass)[Symbol.asyncIterator]();
  const result = await nextBatch(source, iterator, cancelled);
  if (!result) return undefined;
  if (result.done) throw new DataError(`${where}: the data gave no batch; expected one row or more`, { op: where });
  return { source, where, pass, first: result.value, iterator };
}

/** What comes next. Undefined if that was cut off; then the source is told. */
export async function nextBatch(
  source: Source<Batch>,
  iterator: AsyncIterator<Batch>,
  cancelled: Promise<unknown>,
): Promise<IteratorResult<Batch> | undefined> {
  const next = iterator.next();
  const result = await Promise.race([next, cancelled.then(() => undefined)]);
  if (result) return result;
  source.cancel?.();
  next.catch(() => undefined);
  iterator.return?.().catch(() => undefined);
  return undefined;
}

export interface StreamOptions {
  /** Steps of an epoch that goes on where the last one stopped; without it, an epoch is the source from begin to end. */
  readonly stepsPerEpoch: number | undefined;
  /** Batches of a chunk, and as many are prepared meanwhile. */
  readonly prefetch: number;
  /** Every epoch reads the first one again. */
  readonly sameEpoch: boolean;
  /** Where a resumed run goes on. */
  readonly from: Place;
  readonly batches: BatchPrograms;
}

export class StreamSupply implements Supply {
  readonly stepsPerEpoch: number;
  private at: Place;
  private portion: { readonly steps: number; readonly endsPass: boolean } | undefined;
  private ahead: Ahead<ReadyBatch> | undefined;
  private failure: { readonly error: unknown } | undefined;
  private aborted = false;

  constructor(
    private opened: OpenSource | undefined,
    private readonly options: StreamOptions,
  ) {
    this.stepsPerEpoch = options.stepsPerEpoch ?? Number.POSITIVE_INFINITY;
    this.at = options.from;
    this.source = opened!.source;
    this.where = opened!.where;
  }

  private readonly source: Source<Batch>;
  private readonly where: string;

  get place(): Place | null {
    return this.options.stepsPerEpoch === undefined ? null : this.at;
  }

  async take(position: Position, most: number): Promise<Portion | undefined> {
    const left = this.stepsPerEpoch - position.batch;
    const wanted = this.wanted(position, most);
    if (this.failure) throw this.failure.error;
    for (let attempt = 0; ; attempt++) {
      this.ahead ??= this.open();
      const taken = await this.ahead.take(wanted);
      if (!taken || this.aborted) return undefined;
      const { items, ended } = taken;
      if (ended) await this.endPass();
      if (items.length > 0) {
        const fresh = this.freshen(items);
        const steps = fresh.length;
        const endsPass = ended && steps === items.length;
        this.portion = { steps, endsPass };
        return { steps, ends: this.options.stepsPerEpoch === undefined ? endsPass : steps === left, feed: { fresh } };
      }
      if (attempt > 0 || this.options.stepsPerEpoch === undefined) {
        throw new DataError(`${this.where}: the data gave no batch in epoch ${position.epoch + 1}`, { op: this.where });
      }
      this.at = { pass: this.at.pass + 1, batch: 0 };
    }
  }

  async peek(position: Position, most: number): Promise<readonly Columns[]> {
    if (this.aborted) return [];
    this.ahead ??= this.open();
    const ready = await this.ahead.peek(this.wanted(position, most));
    return ready.map(({ columns }) => columns);
  }

  private wanted({ batch }: Position, most: number): number {
    return Math.min(most, this.stepsPerEpoch - batch, this.options.prefetch);
  }

  use(compiled: Compiled): void {
    this.options.batches.use(compiled);
  }

  commit(steps: number): void {
    const { portion, at } = this;
    if (!portion) return;
    const whole = portion.endsPass && steps === portion.steps;
    this.at = whole ? { pass: at.pass + 1, batch: 0 } : { pass: at.pass, batch: at.batch + steps };
    this.portion = undefined;
  }

  abort(): void {
    this.aborted = true;
    this.source.cancel?.();
    void this.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    const { ahead, opened } = this;
    this.opened = undefined;
    if (ahead) await ahead.close();
    else await opened?.iterator.return?.();
  }

  /** Batches with their programs, up to one that no step can read: its error follows when those before are trained. */
  private freshen(items: readonly ReadyBatch[]): FreshBatch[] {
    const fresh: FreshBatch[] = [];
    for (const item of items) {
      try {
        fresh.push(this.options.batches.fresh(item));
      } catch (error) {
        if (fresh.length === 0) throw error;
        this.failure = { error };
        break;
      }
    }
    return fresh;
  }

  private async endPass(): Promise<void> {
    await this.ahead?.close();
    this.ahead = undefined;
  }

  private open(): Ahead<ReadyBatch> {
    const { opened, options, at } = this;
    const pass = options.sameEpoch ? 0 : at.pass;
    this.opened = undefined;
    const batches = opened ? withFirst(opened) : this.source.read(pass);
    return new Ahead(prepared(batches, at.batch, options), options.prefetch + 1);
  }
}

async function* withFirst({ first, iterator }: OpenSource): AsyncGenerator<Batch> {
  let over = false;
  try {
    yield first;
    for (;;) {
      const { done, value } = await iterator.next();
      over = done === true;
      if (over) return;
      yield value;
    }
  } catch (error) {
    over = true;
    throw error;
  } finally {
    if (!over) await iterator.return?.();
  }
}

/** The batches after those that a resumed run has had. */
async function* prepared(batches: AsyncIterable<Batch>, skip: number, { batches: programs }: StreamOptions): AsyncGenerator<ReadyBatch> {
  let at = 0;
  let row = 0;
  for await (const batch of batches) {
    const first = row;
    row += batch.x.shape[0]!;
    if (at++ >= skip) yield await programs.check(batch, first);
  }
}
