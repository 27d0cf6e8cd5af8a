/** Batches as one sample of rows. */

import { type Column, type Columns, rowsOf } from '../../data/columns.js';
import { Pace } from '../../data/pace.js';
import { sameShape } from '../../tensor/dtype.js';
import { empty } from '../../tensor/ndarray.js';
import type { Sample } from './sample.js';

export const rowShapeOf = ({ values }: Column): readonly number[] => values.shape.slice(1);

/** The column whose rows do not stand below each other, if there is one. */
export const misfit = (a: Columns, b: Columns): 'x' | 'y' | undefined =>
  (['x', 'y'] as const).find((name) => !sameShape(rowShapeOf(a[name]), rowShapeOf(b[name])));

/** The first rows of the batches, at most so many; the batches stay as they are. `rows`: of the data. */
export async function batchSample(batches: readonly Columns[], most: number, rows: number | undefined): Promise<Sample> {
  const parts: Columns[] = [];
  let count = 0;
  for (const batch of batches) {
    if (count === most) break;
    parts.push(firstRows(batch, most - count));
    count += rowsOf(parts.at(-1)!.x);
  }
  const [x, y] = [parts.map((part) => part.x), parts.map((part) => part.y)];
  return { x: await below(x, count), y: await below(y, count), step: 1, rows, origin: undefined };
}

function firstRows({ x, y, weights }: Columns, most: number): Columns {
  if (rowsOf(x) <= most) return { x, y, weights };
  const cut = (column: Column): Column => ({ ...column, values: column.values.slice(0, most) });
  return { x: cut(x), y: cut(y), weights };
}

/** Columns one below the other, in f64 if their dtypes differ. Reads past the copies that arrays keep of their numbers. */
async function below(parts: readonly Column[], rows: number): Promise<Column> {
  const [first] = parts as [Column];
  if (parts.length === 1) return first;
  const { dtype, shape } = first.values;
  const same = parts.every(({ values }) => values.dtype === dtype);
  const all = empty([rows, ...shape.slice(1)], same ? dtype : 'f64');
  const width = all.size / rows;
  const numbers = new Int32Array(rows);
  const pace = new Pace();
  let at = 0;
  for (const part of parts) {
    if (pace.due()) await pace.turn();
    const { values, numberOf = () => undefined } = part;
    all.data.set(values.native.read(), at * width);
    for (let row = 0; row < rowsOf(part); row++) numbers[at + row] = numberOf(row) ?? at + row;
    at += rowsOf(part);
  }
  return { name: first.name, values: all, numberOf: (place) => numbers[place]! };
}
