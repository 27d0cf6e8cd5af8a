/** Curves in the unit square: shares against shares. */

import { html, type InParts, type Markup, type Part } from '../markup.js';
import { frame, UNIT } from './frame.js';
import { lineShape, type Point } from './line.js';
import { linear } from './scale.js';

export interface Curve {
  readonly points: readonly Point[];
  readonly look: string;
}

export interface UnitPlot {
  readonly xLabel: string;
  readonly yLabel: string;
  readonly description: string;
  readonly curves: readonly Curve[];
  /** A dashed line of reference, by the height of its ends. */
  readonly reference?: readonly [number, number];
  /** Shapes below the curves, in the coordinates of the frame. */
  readonly below?: Part;
}

export function* unitPlot({ xLabel, yLabel, description, curves, reference, below }: UnitPlot): InParts<Markup> {
  const axis = linear([0, 1], { nice: true, count: 5 });
  const dashed = reference && html`<path class="reference" d="M0 ${UNIT * (1 - reference[0])}L${UNIT} ${UNIT * (1 - reference[1])}"/>`;
  const lines: Markup[] = [];
  for (const { points, look } of curves) {
    lines.push(lineShape(points, axis, axis, look));
    yield;
  }
  return frame({ x: axis, y: axis, xLabel, yLabel, description, square: true, shapes: [below, dashed, lines] });
}
