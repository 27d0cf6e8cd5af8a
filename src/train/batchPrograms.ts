/** Batches of a stream on their way into the core: checked, and each with the program for its types. */

import { numbersOf } from '../data/batching.js';
import { dataChecks, runChecksSync, targetChecks } from '../data/check.js';
import { type Columns, nativesOf, rowsOf } from '../data/columns.js';
import type { Batch } from '../data/row.js';
import { DataError } from '../errors.js';
import type { FreshBatch } from '../native/binding.js';
import { inspect } from './inspect.js';
import type { Published } from './lease.js';
import { Lru } from './lru.js';
import type { Step, StepSpec } from './step.js';

/** The first step of a session, and how to make others. */
export interface Compiled {
  readonly spec: StepSpec;
  readonly first: Step;
  /** What layers that look at batches see of the variables, which the session may hold; else the variables. */
  readonly seen: Published | undefined;
  /** The step for batches of other types. */
  make(columns: Columns, rows: number): Step;
}

/** A batch that was checked. */
export interface ReadyBatch {
  readonly columns: Columns;
  /** Number of its first row in the epoch. */
  readonly first: number;
}

/** Programs of a session that are kept, by types of its batches. */
const KEPT = 64;

export class BatchPrograms {
  private steps = new Lru<Step>(KEPT);
  /** Rows of a batch of this epoch that was smaller than the others. */
  private short: number | undefined;
  /** Of the first session: statistics stay what they were. */
  private readonly seen: Published | undefined;

  constructor(
    private readonly where: string,
    private readonly prefix: string,
    private readonly firstColumns: Columns,
    private compiled: Compiled,
  ) {
    this.seen = compiled.seen;
    this.use(compiled);
  }

  /** From now on the programs are others. */
  use(compiled: Compiled): void {
    this.compiled = compiled;
    this.steps = new Lru<Step>(KEPT);
    this.steps.get(typesOf(this.firstColumns), () => compiled.first);
  }

  /** Throws for what no step can read; called while the core is at work. */
  async check(batch: Batch, first: number): Promise<ReadyBatch> {
    const { where, compiled } = this;
    const { spec } = compiled;
    const columns = batchColumns(where, this.prefix, batch, first);
    const rows = rowsOf(columns.x);
    if (first === 0) this.short = undefined;
    const collecting = spec.metrics.find(({ collects }) => collects);
    if (collecting && (rows > spec.batchSize || this.short !== undefined)) {
      throw new DataError(
        `${where}: the metric ${collecting.name} keeps every row and needs batches of ${spec.batchSize} rows, all but the last of an epoch; found ${this.short ?? rows}. Make batches of equal size with unbatch().batch(${spec.batchSize})`,
        { op: where },
      );
    }
    if (rows < spec.batchSize) this.short = rows;
    runChecksSync(dataChecks(where, columns, [], spec.model.dtype, spec.model.inputTraits().missing));
    await inspect(where, spec.model, columns.x, this.seen);
    return { columns, first };
  }

  /** As the next chunk reads it. Not before: what the model trains may change between two chunks. */
  fresh({ columns, first }: ReadyBatch): FreshBatch {
    const { graph, program, targets } = this.stepFor(columns);
    runChecksSync(targetChecks(this.where, columns.y, targets));
    return { program: { batch: rowsOf(columns.x), program, checked: graph }, columns: nativesOf(columns), first };
  }

  private stepFor(columns: Columns): Step {
    const { where, compiled } = this;
    return this.steps.get(typesOf(columns), () => sameSums(where, compiled.first, compiled.make(columns, rowsOf(columns.x))));
  }
}

/** Equal for batches that the same program reads. */
export const typesOf = ({ x, y, weights }: Columns): string =>
  [x, y, weights].map((column) => column && `${column.values.dtype}[${column.values.shape}]`).join();

/** Throws `DataError` unless two steps can be added up and train the same variables. */
function sameSums(where: string, first: Step, other: Step): Step {
  if (first.sizes.flat().join() !== other.sizes.flat().join()) {
    throw new DataError(`${where}: a metric gives sums of other sizes for batches of other shapes; it cannot be added up`, { op: where });
  }
  if (first.variables.length !== other.variables.length || first.variables.some((cell, i) => cell !== other.variables[i])) {
    throw new DataError(`${where}: the model uses other variables for batches of other shapes`, { op: where });
  }
  return other;
}

/** Columns of a batch, for tracing and checking. Throws `DataError` for fields that no step reads. */
export function batchColumns(where: string, prefix: string, batch: Batch, first: number): Columns {
  const { x, y, weights, mask, lengths } = batch;
  if (mask || lengths) {
    throw new DataError(
      `${where}: a batch has ${mask ? 'a mask' : 'lengths'}, but a step reads x, y and weights only. Leave the option out, and let the model tell padding by its value, x.notEqual(value), and the loss by the option y and its ignoreIndex; or put it into x in map(). Loops of your own read it from batches()`,
      { op: where },
    );
  }
  if (!y) throw new DataError(`${where}: the batches have no y; expected targets for every row`, { op: where });
  const numberOf = numbersOf(batch, first);
  return {
    x: { name: `${prefix}x`, values: x, numberOf },
    y: { name: `${prefix}y`, values: y, numberOf },
    weights: weights && { name: `${prefix}weights`, values: weights, numberOf },
  };
}
