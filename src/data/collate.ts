/** Rows into batches. */

import { DataError, formatShape } from '../errors.js';
import { column } from './columns.js';
import { BATCH_FIELDS, type Batch, checkFields, ROW_FIELDS } from './row.js';
import { Stack } from './stack.js';

/** A batch while its rows arrive. */
export class Collator {
  private stacks: { readonly x: Stack; readonly y: Stack | undefined; readonly weights: Stack | undefined } | undefined;
  rows = 0;

  /** `numberOf`: what messages call a row of the batch. */
  constructor(
    private readonly capacity: number,
    private readonly numberOf: (place: number) => number,
  ) {}

  get full(): boolean {
    return this.rows === this.capacity;
  }

  /** Throws `DataError` that names the row. */
  add(value: unknown): void {
    const row = this.numberOf(this.rows);
    const { x, y, weight } = checkFields(`row ${row}`, value, ROW_FIELDS);
    this.stacks ??= this.begin(y !== undefined, weight !== undefined);
    const { stacks } = this;
    same(row, 'y', stacks.y !== undefined, y !== undefined);
    same(row, 'weight', stacks.weights !== undefined, weight !== undefined);
    stacks.x.add(x, row);
    stacks.y?.add(y, row);
    stacks.weights?.add(weight, row);
    this.rows++;
  }

  finish(): Batch {
    const { x, y, weights } = this.stacks!;
    return { x: x.finish(), ...(y && { y: y.finish() }), ...(weights && { weights: weights.finish() }) };
  }

  private begin(y: boolean, weights: boolean) {
    const stack = (name: string) => new Stack(name, this.capacity);
    return { x: stack('x'), y: y ? stack('y') : undefined, weights: weights ? stack('weight') : undefined };
  }
}

function same(row: number, name: string, expected: boolean, found: boolean): void {
  if (expected === found) return;
  const [has, had] = found ? ['has', 'has none'] : ['has no', 'has one'];
  throw new DataError(`dataset: row ${row} ${has} ${name}, the first row of its batch ${had}`, { op: 'dataset', row });
}

/** What a source of batches gave, with its parts as arrays. Throws `DataError` that names the batch. */
export function toBatch(value: unknown, at: number): Batch {
  const what = `batch ${at}`;
  const given = checkFields(what, value, BATCH_FIELDS);
  const batch: Record<string, Batch['x']> = {};
  for (const name of BATCH_FIELDS) {
    if (given[name] === undefined) continue;
    const { values } = column('dataset', `${name} of ${what}`, given[name]);
    batch[name] = values;
    const rows = batch.x!.shape[0];
    if (values.shape[0] === rows) continue;
    throw new DataError(`dataset: ${name} of ${what} has the shape ${formatShape(values.shape)}, but x has ${rows} rows`, {
      op: 'dataset',
    });
  }
  return batch as unknown as Batch;
}
