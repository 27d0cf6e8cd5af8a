/** Rows of a table in some order: what stays row numbers as long as rows are only chosen. */

import type { RowMap } from './mapping.js';
import { Pace } from './pace.js';
import type { Source } from './source.js';
import type { Table } from './table.js';

/** Row numbers of a table, epoch by epoch. */
export interface Order {
  /** Of an epoch, if that is known before. */
  readonly size: number | undefined;
  /** Whether every epoch has the same. */
  readonly fixed: boolean;
  /** What every epoch has the same: the rows, though perhaps in another order; only their number; not even that. */
  readonly constant: 'rows' | 'size' | 'nothing';
  /** Whether somebody has mixed the rows already. */
  readonly shuffled: boolean;
  /** Other rows mixed as these are. */
  readonly mix?: (rows: Order) => Order;
  of(epoch: number): Promise<Int32Array>;
  /** All rows that can come up in any epoch. */
  reach(): Promise<Int32Array>;
}

/** The rows of a table from first to last. */
export function wholeOrder(rows: number): Order {
  let all: Int32Array | undefined;
  const of = async () => {
    all ??= Int32Array.from({ length: rows }, (_, i) => i);
    return all;
  };
  return { size: rows, fixed: true, constant: 'rows', shuffled: false, of, reach: of };
}

/** An order made of another; what it gives for the last epoch is kept. */
export function orderFrom(
  inner: Order,
  { size, fixed, constant, shuffled, mix }: Pick<Order, 'size' | 'fixed' | 'constant' | 'shuffled' | 'mix'>,
  make: (epoch: number) => Promise<Int32Array>,
  reach: () => Promise<Int32Array> = () => inner.reach(),
): Order {
  let known: { readonly epoch: number; readonly rows: Promise<Int32Array> } | undefined;
  const of = (asked: number) => {
    const epoch = fixed ? 0 : asked;
    if (known?.epoch !== epoch) known = { epoch, rows: make(epoch) };
    return known.rows;
  };
  return { size, fixed, constant, shuffled, ...(mix && { mix }), of, reach: () => (fixed ? of(0) : reach()) };
}

export class Selection<T = unknown> implements Source<T> {
  readonly once = false;

  constructor(
    /** May promise its rows. */
    readonly table: Table,
    readonly order: Order,
    /** Applied to every row, in order. */
    readonly maps: readonly RowMap[],
    readonly label: string,
  ) {}

  static of<T>(table: Table<T>, label: string): Selection<T> {
    return new Selection<T>(table, wholeOrder(table.rows), [], `${label}(${table.rows})`);
  }

  get size(): number | undefined {
    return this.order.size;
  }

  /** Whether the rows are just those of columns: then the core can gather them. */
  get isPlain(): boolean {
    return this.maps.length === 0 && this.table.columns !== undefined;
  }

  with(order: Order, label: string): Selection<T> {
    return new Selection<T>(this.table, order, this.maps, `${this.label}.${label}`);
  }

  mapped<U>(map: RowMap, label: string): Selection<U> {
    return new Selection<U>(this.table, this.order, [...this.maps, map], `${this.label}.${label}`);
  }

  /** The same rows, each made once. */
  kept(): Selection<T> {
    const known = new Map<number, T>();
    const keep = (row: number, made: T) => {
      known.set(row, made);
      return made;
    };
    const at = (row: number) => {
      if (known.has(row)) return known.get(row)!;
      const made = this.make(row, 0, row);
      return made instanceof Promise ? made.then((value) => keep(row, value)) : keep(row, made);
    };
    const table: Table = this.isPlain ? this.table : { rows: this.table.rows, at };
    return new Selection<T>(table, this.order, [], `${this.label}.cache()`);
  }

  async *read(epoch: number): AsyncGenerator<T> {
    const pace = new Pace();
    const order = await this.order.of(epoch);
    for (let at = 0; at < order.length; at++) {
      if (pace.due()) await pace.turn();
      const made = this.make(order[at]!, epoch, at);
      yield made instanceof Promise ? await made : made;
    }
  }

  /** The row of the table with that number, as it is in place `at` of an epoch. */
  make(row: number, epoch: number, at: number): T | Promise<T> {
    let value: unknown = this.table.at(row);
    for (const map of this.maps) {
      value = value instanceof Promise ? value.then((before) => map(before, epoch, at)) : map(value, epoch, at);
    }
    return value as T | Promise<T>;
  }
}
