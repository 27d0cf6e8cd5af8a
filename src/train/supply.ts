/** Where the batches of a run come from, chunk by chunk. */

import type { Columns } from '../data/columns.js';
import type { Order } from '../data/selection.js';
import type { RunSpec } from '../native/binding.js';
import type { Compiled } from './batchPrograms.js';
import type { Position } from './chunk.js';

/** What one chunk reads. */
export interface Portion {
  readonly steps: number;
  /** The epoch is over with it; where the length of an epoch is known, that says it too. */
  readonly ends: boolean;
  readonly feed: Pick<RunSpec, 'order' | 'fresh'>;
}

/** A place in a source that goes on from epoch to epoch: how often it was begun, and batches since. */
export interface Place {
  readonly pass: number;
  readonly batch: number;
}

export interface Supply {
  /** Infinity: not known before an epoch ends. */
  readonly stepsPerEpoch: number;
  /** The next steps from a position on, at most so many. Undefined if it was cut off. */
  take(position: Position, most: number): Promise<Portion | undefined>;
  /** Batches that `take` would give, and the one after; they stay. None where rows are in memory. */
  peek(position: Position, most: number): Promise<readonly Columns[]>;
  /** A session with other programs takes its place. */
  use(compiled: Compiled): void;
  /** Called with the steps of the last portion that ran. */
  commit(steps: number): void;
  /** Where the source stands, if a position in the run does not say. */
  readonly place: Place | null;
  /** Ends waiting for data, now and from now on. */
  abort(): void;
  /** Tells the source that nobody wants more. */
  close(): Promise<void>;
}

/** Rows of columns in the core's own order. */
export function columnSupply(stepsPerEpoch: number): Supply {
  return {
    stepsPerEpoch,
    take: async ({ batch }, most) => ({ steps: most, ends: batch + most >= stepsPerEpoch, feed: {} }),
    peek: async () => [],
    use() {},
    commit() {},
    place: null,
    abort() {},
    close: async () => undefined,
  };
}

/** Rows of columns in an order of a dataset's. */
export class OrderSupply implements Supply {
  readonly place = null;
  private aborted = false;

  constructor(
    private readonly order: Order,
    private readonly batchSize: number,
    readonly stepsPerEpoch: number,
  ) {}

  async take({ epoch, batch }: Position, most: number): Promise<Portion | undefined> {
    const rows = await this.order.of(epoch);
    if (this.aborted) return undefined;
    const steps = Math.min(most, this.stepsPerEpoch - batch);
    const begin = batch * this.batchSize;
    const order = rows.subarray(begin, begin + steps * this.batchSize);
    return { steps, ends: batch + steps === this.stepsPerEpoch, feed: { order } };
  }

  async peek(): Promise<readonly Columns[]> {
    return [];
  }

  use(): void {}

  commit(): void {}

  abort(): void {
    this.aborted = true;
  }

  async close(): Promise<void> {}
}
