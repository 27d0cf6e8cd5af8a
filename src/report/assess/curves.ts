/** Receiver operating characteristic and precision–recall of scores. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Point } from '../charts/line.js';
import { sortInParts } from './sort.js';

/** One class against all others. */
export interface ClassCurve {
  readonly index: number;
  readonly positives: number;
  readonly negatives: number;
  /** Area under the ROC curve; NaN without positives or negatives. */
  readonly auc: number;
  /** Average precision; NaN without positives. */
  readonly averagePrecision: number;
  /** x: share of the negatives that are taken for positives, y: share of the positives that are found. */
  readonly roc: readonly Point[];
  /** x: recall, y: precision. */
  readonly precisionRecall: readonly Point[];
}

/** Points closer than this to the last one that is kept are left out of the drawing. */
const NEAR = 1 / 400;
const PART = 2 ** 15;

/** Keeps the first, the last, and what is far enough from its predecessor. */
class Outline {
  readonly points: Point[] = [];
  private skipped: Point | undefined;

  add(x: number, y: number): void {
    const last = this.points.at(-1);
    if (last && Math.abs(x - last.x) < NEAR && Math.abs(y - last.y) < NEAR) {
      this.skipped = { x, y };
      return;
    }
    // A corner would be cut off otherwise.
    if (this.skipped) this.points.push(this.skipped);
    this.skipped = undefined;
    this.points.push({ x, y });
  }

  end(): readonly Point[] {
    if (this.skipped) this.points.push(this.skipped);
    return this.points;
  }
}

/**
 * Both curves from the scores of positives and negatives. The areas are exact, ties counting as
 * they do in `metrics.rocAuc` and `metrics.prAuc`. Sorts its arguments.
 */
export async function curveOf(index: number, positiveScores: Float64Array, negativeScores: Float64Array): Promise<ClassCurve> {
  const positive = await sortInParts(positiveScores);
  const negative = await sortInParts(negativeScores);
  const [positives, negatives] = [positive.length, negative.length];
  const [roc, precisionRecall] = [new Outline(), new Outline()];
  roc.add(0, 0);
  let [found, wrong, area, precisionSum, steps] = [0, 0, 0, 0, 0];
  while (found < positives || wrong < negatives) {
    const level = Math.max(
      positive[positives - 1 - found] ?? Number.NEGATIVE_INFINITY,
      negative[negatives - 1 - wrong] ?? Number.NEGATIVE_INFINITY,
    );
    const [foundBefore, wrongBefore] = [found, wrong];
    while (found < positives && positive[positives - 1 - found] === level) found++;
    while (wrong < negatives && negative[negatives - 1 - wrong] === level) wrong++;
    if (found === foundBefore && wrong === wrongBefore) break;
    area += (wrong - wrongBefore) * (foundBefore + (found - foundBefore) / 2);
    const precision = found / (found + wrong);
    precisionSum += (found - foundBefore) * precision;
    roc.add(wrong / negatives, found / positives);
    if (precisionRecall.points.length === 0) precisionRecall.add(0, precision);
    precisionRecall.add(found / positives, precision);
    if (++steps % PART === 0) await turn();
  }
  return {
    index,
    positives,
    negatives,
    auc: area / (positives * negatives),
    averagePrecision: precisionSum / positives,
    roc: roc.end(),
    precisionRecall: precisionRecall.end(),
  };
}
