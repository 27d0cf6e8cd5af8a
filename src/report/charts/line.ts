/** Lines in a plot's coordinates. */

import { html, type Markup } from '../markup.js';
import { share, UNIT } from './frame.js';
import type { Scale } from './scale.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

const place = (part: number): number => Number((UNIT * part).toFixed(1));

/** Lines between neighbours; a point that is not finite is a gap. */
export function path(points: readonly Point[], x: Scale, y: Scale): string {
  let text = '';
  let drawing = false;
  for (const point of points) {
    const [left, top] = [place(x.at(point.x)), place(1 - y.at(point.y))];
    const there = Number.isFinite(left) && Number.isFinite(top);
    if (there) text += `${drawing ? 'L' : 'M'}${left} ${top}`;
    drawing = there;
  }
  return text;
}

/** Points with gaps on both sides, which a line would not show. */
function alone(points: readonly Point[]): Point[] {
  const finite = ({ y }: Point) => Number.isFinite(y);
  return points.filter((point, i) => finite(point) && !(i > 0 && finite(points[i - 1]!)) && !(points[i + 1] && finite(points[i + 1]!)));
}

/** Shapes of a line: the stroke, and dots where there is nothing to connect. */
export function lineShape(points: readonly Point[], x: Scale, y: Scale, look: string): Markup {
  const dots = alone(points).map((point) => {
    const [left, top] = [place(x.at(point.x)), place(1 - y.at(point.y))];
    return html`<path class="dot ${look}" d="M${left} ${top}h0"/>`;
  });
  return html`<path class="line ${look}" d="${path(points, x, y)}"/>${dots}`;
}

/** A round or square marker on a point. */
export function marker({ x: px, y: py }: Point, x: Scale, y: Scale, look: string): Markup | undefined {
  if (!Number.isFinite(py)) return undefined;
  return html`<circle class="marker ${look}" cx="${share(x.at(px))}" cy="${share(1 - y.at(py))}" r="4"/>`;
}

/** A position on the x axis with a word to it. */
export interface Rule {
  readonly at: number;
  readonly label: string;
  readonly look: string;
}

/** Words closer than this, in shares of the width, may touch. */
const APART = 0.3;
/** Height of a line of words. */
const LINE = 15;

/** Vertical lines, each with its word above the plot: of neighbours the first is raised. */
export function rules(list: readonly Rule[], x: Scale): Markup[] {
  const sorted = [...list].sort((a, b) => a.at - b.at);
  return sorted.map(({ at, label, look }, i) => {
    const part = x.at(at);
    const next = sorted[i + 1];
    const raised = next && x.at(next.at) - part < APART ? LINE : 0;
    const anchor = part > 0.85 ? 'end' : part < 0.15 ? 'start' : 'middle';
    const left = share(part);
    return html`<g class="rule ${look}"><line x1="${left}" x2="${left}" y1="${-4 - raised}" y2="100%"/><text x="${left}" y="${-8 - raised}" text-anchor="${anchor}">${label}</text></g>`;
  });
}
