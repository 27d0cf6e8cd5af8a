/** Rows of a dataset by number, for whoever divides them himself: folds, the worst examples. */

import { DataError } from '../errors.js';
import { NDArray } from '../tensor/ndarray.js';
import type { RowBatches } from './batching.js';
import { Dataset } from './dataset.js';
import { pick } from './orders.js';
import { Pace } from './pace.js';
import { orderFrom, Selection, wholeOrder } from './selection.js';
import type { Source } from './source.js';

/** The rows of a dataset, as they come when nobody mixes them. */
export class Addressed {
  constructor(
    private readonly selection: Selection,
    private readonly batches: RowBatches | undefined,
    /** Of the table. */
    private readonly numbers: Int32Array,
  ) {}

  get rows(): number {
    return this.numbers.length;
  }

  /**
   * Chosen rows with the maps and the batches of the dataset. For training they are mixed anew in every
   * epoch if the dataset is; for measuring all of them come in the order given, whatever `dropLast` says.
   */
  part(places: Int32Array, use: 'training' | 'measuring'): Dataset {
    const { selection, batches, numbers } = this;
    const chosen = pick(numbers, places);
    const traits = { size: chosen.length, fixed: true, constant: 'rows', shuffled: false } as const;
    const inOrder = orderFrom(wholeOrder(0), traits, async () => chosen);
    const { mix } = selection.order;
    const rows = selection.with(use === 'training' && mix ? mix(inOrder) : inOrder, `part(${chosen.length} rows)`);
    return batches ? (new Dataset(batches.over(rows, use === 'measuring'), true) as Dataset) : new Dataset(rows, false);
  }

  /** The targets of all rows, where the dataset has columns that nobody mapped; they may have none. */
  get columnOfTargets(): NDArray | undefined {
    const { selection, numbers } = this;
    const y = selection.isPlain ? selection.table.columns!.y : undefined;
    return y && new NDArray(y.values.native.take(numbers));
  }

  /** The rows one by one, maps applied as in the first epoch. */
  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    const pace = new Pace();
    for (const [place, row] of this.numbers.entries()) {
      if (pace.due()) await pace.turn();
      yield await this.selection.make(row, 0, place);
    }
  }
}

/** Throws `DataError` for datasets whose rows have no numbers, or not the same in every epoch. */
export async function addressed(where: string, name: string, { source, batched }: Dataset): Promise<Addressed> {
  const batches = batched ? (source as Source as RowBatches) : undefined;
  const refuse = (why: string, remedy: string) =>
    new DataError(`${where}: ${name} must have rows that can be chosen by number, but ${source.label} ${why}; ${remedy}`, { op: where });
  if (batches && !('over' in batches)) {
    throw refuse(
      'has batches that cannot be made of other rows',
      'leave out bucketByLength(), mixup() and what comes after batch(), or give columns or rows',
    );
  }
  const rows = batches ? batches.rows : (source as Source);
  if (!(rows instanceof Selection)) {
    throw refuse(
      'is a stream',
      'collect its rows in an array first, dataset(rows); of rows in memory call filter() before map(), and neither prefetch() nor unbatch()',
    );
  }
  const { order } = rows;
  if (order.constant !== 'rows') {
    throw refuse(
      'has other rows in every epoch',
      'leave out sample(), balance() and what cuts mixed rows; weights do what the first two do',
    );
  }
  const numbers = await order.reach();
  await checkOnce(rows, numbers, (row) =>
    refuse(`gives row ${row} more than once`, 'parts of it would share rows: leave out repeat(), and train for more epochs'),
  );
  return new Addressed(rows, batches, numbers);
}

/** Rows between two looks at the clock. */
const BLOCK = 16384;

async function checkOnce({ order, table }: Selection, numbers: Int32Array, refuse: (row: number) => DataError): Promise<void> {
  const pace = new Pace();
  const seen = new Uint8Array(table.rows);
  for (const [place, row] of numbers.entries()) {
    if (place % BLOCK === 0 && pace.due()) await pace.turn();
    if (seen[row]) throw refuse(row);
    seen[row] = 1;
  }
  const { length } = await order.of(0);
  if (length !== numbers.length) throw refuse(numbers[0]!);
}
