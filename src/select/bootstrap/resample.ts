/** A metric of chosen rows, in the core. */

import { type Column, rowsOf } from '../../data/columns.js';
import { DataError, describe, OptionError } from '../../errors.js';
import type { TargetRule } from '../../losses/loss.js';
import type { Metric } from '../../metrics/metric.js';
import { compile } from '../../tensor/compile.js';
import { arange, gather } from '../../tensor/functional.js';
import { array, type NDArray } from '../../tensor/ndarray.js';
import { uniform } from '../../tensor/random.js';
import type { Tensor } from '../../tensor/tensor.js';

type Sums = readonly { readonly data: ArrayLike<number> }[];

export class Resampler {
  /** What the metric wants of the targets, once the value is known. */
  rule: TargetRule | undefined;
  private readonly values: readonly NDArray[];
  private readonly rows: number;
  private readonly whole;
  private readonly drawn;
  private readonly without;

  constructor(
    private readonly where: string,
    private readonly metric: Metric,
    { prediction, target, weights }: { prediction: Column; target: Column; weights: Column | undefined },
    seed: number,
  ) {
    this.values = [prediction, target, ...(weights ? [weights] : [])].map(({ values }) => values);
    const rows = rowsOf(prediction);
    this.rows = rows;
    const name = where;
    const update = (p: Tensor, t: Tensor, w?: Tensor) => {
      this.rule = metric.targets?.(p, t);
      return [...metric.update(p, t, w)];
    };
    const of = (index: Tensor, p: Tensor, t: Tensor, w?: Tensor) => update(gather(p, index), gather(t, index), w && gather(w, index));
    this.whole = compile(update, { name });
    this.drawn = compile(
      (p: Tensor, t: Tensor, w?: Tensor) => {
        const index = uniform([rows], { dtype: 'f64' })
          .mul(rows)
          .floor()
          .cast('i32')
          .minimum(rows - 1);
        return of(index, p, t, w);
      },
      { name, seed },
    );
    this.without = compile(
      (row: Tensor, p: Tensor, t: Tensor, w?: Tensor) => {
        const others = arange(rows - 1);
        return of(others.add(others.greaterEqual(row).cast('i32')), p, t, w);
      },
      { name },
    );
  }

  /** Of all rows. */
  async value(): Promise<number> {
    const [p, t, w] = this.values;
    return this.finalize(await this.whole(p!, t!, w));
  }

  /** Of as many rows, drawn with replacement: others at each call. */
  async draw(): Promise<number> {
    const [p, t, w] = this.values;
    return this.finalize(await this.drawn(p!, t!, w));
  }

  /** Of all rows but each in turn. */
  async *leaveOneOut(): AsyncGenerator<number> {
    if (this.rows === 1) throw new DataError(`${this.where}: method "bca" needs two rows or more, found 1`, { op: this.where });
    const [p, t, w] = this.values;
    for (let row = 0; row < this.rows; row++) yield this.finalize(await this.without(array(row, { dtype: 'i32' }), p!, t!, w));
  }

  private finalize(sums: Sums): number {
    const value = this.metric.finalize(sums.map(({ data }) => Float64Array.from(data)));
    if (typeof value === 'number') return value;
    throw new OptionError(
      `${this.where}: the metric ${this.metric.name} gives ${describe(value)}, expected a number; for one number of several classes choose an average`,
      { op: this.where },
    );
  }
}
