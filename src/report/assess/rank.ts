/** From the scores of all rows to the curves of every class, and which of them are drawn. */

import { setImmediate as turn } from 'node:timers/promises';
import { type ClassCurve, curveOf } from './curves.js';
import type { Collected } from './measures.js';

const PART = 2 ** 17;
/** Curves that can be told apart: the sheet has as many looks. */
const MOST = 10;
/** Of more classes, so many are drawn: those with the smallest areas. */
export const LOWEST = 6;

export function drawn(curves: readonly ClassCurve[]): readonly ClassCurve[] {
  return curves.length > MOST ? [...curves].sort((a, b) => a.auc - b.auc).slice(0, LOWEST) : curves;
}

/**
 * Curves of classes that have positive and negative rows; of two classes, of class 1 against class 0.
 * Those that cannot be drawn any more lose their points: of a thousand classes they would be millions.
 */
export async function rankClasses(scores: Collected): Promise<ClassCurve[]> {
  const { columns, exclusive } = scores;
  const curves: ClassCurve[] = [];
  let withPoints: number[] = [];
  const room = new Float64Array(scores.probabilities.length / columns);
  for (let column = 0; column < columns; column++) {
    const { positive, negative } = await divide(scores, column, room);
    if (positive.length > 0 && negative.length > 0) {
      withPoints.push(curves.length);
      curves.push(await curveOf(exclusive || columns > 1 ? column : 1, positive, negative));
      if (curves.length > MOST) withPoints = forget(curves, withPoints);
    }
    await turn();
  }
  return curves;
}

/** Leaves points only to the curves with the smallest areas, the first of equal ones; which they are. */
function forget(curves: ClassCurve[], withPoints: readonly number[]): number[] {
  const sorted = [...withPoints].sort((a, b) => curves[a]!.auc - curves[b]!.auc);
  for (const at of sorted.slice(LOWEST)) curves[at] = { ...curves[at]!, roc: [], precisionRecall: [] };
  return sorted.slice(0, LOWEST);
}

/** The scores of one column in `room`, apart by what is true. */
async function divide({ probabilities, labels, columns, exclusive }: Collected, column: number, room: Float64Array) {
  const rows = room.length;
  let [found, others] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const isPositive = exclusive ? labels[row] === column : labels[row * columns + column]! > 0.5;
    const value = probabilities[row * columns + column]!;
    if (isPositive) room[found++] = value;
    else room[rows - ++others] = value;
    if (row % PART === PART - 1) await turn();
  }
  return { positive: room.subarray(0, found), negative: room.subarray(found) };
}
