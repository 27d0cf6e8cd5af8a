/** From the scores of all rows to the curves of every class. */

import { setImmediate as turn } from 'node:timers/promises';
import { type ClassCurve, curveOf } from './curves.js';
import type { Collected } from './measures.js';

const PART = 2 ** 17;

/** Curves of classes that have positive and negative rows; of two classes, of class 1 against class 0. */
export async function rankClasses({ probabilities, labels, columns, exclusive }: Collected): Promise<ClassCurve[]> {
  const curves: ClassCurve[] = [];
  for (let column = 0; column < columns; column++) {
    const { positive, negative } = await divide(probabilities, labels, columns, column, exclusive);
    if (positive.length > 0 && negative.length > 0) curves.push(await curveOf(exclusive || columns > 1 ? column : 1, positive, negative));
    await turn();
  }
  return curves;
}

/** The scores of one column, apart by what is true. */
async function divide(probabilities: Float64Array, labels: Float64Array, columns: number, column: number, exclusive: boolean) {
  const rows = probabilities.length / columns;
  const positive = new Float64Array(rows);
  const negative = new Float64Array(rows);
  let [found, others] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const isPositive = exclusive ? labels[row] === column : labels[row * columns + column]! > 0.5;
    const value = probabilities[row * columns + column]!;
    if (isPositive) positive[found++] = value;
    else negative[others++] = value;
    if (row % PART === PART - 1) await turn();
  }
  return { positive: positive.subarray(0, found), negative: negative.subarray(0, others) };
}
