/**
 * Axes, grid and labels of a plot. Positions along an axis are percentages, so that a plot fills
 * the width that it gets while its text and strokes keep their size; what a plot draws inside has
 * the coordinates 0 … 1000, y downwards.
 */

import { html, type Markup, type Part } from '../markup.js';
import type { Scale } from './scale.js';

export const UNIT = 1000;

/** A share of the width or height as a percentage. */
export const share = (part: number): string => `${Number((100 * part).toFixed(3))}%`;

export interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly xLabel: string;
  readonly yLabel?: string;
  /** What is seen, in a sentence: for those who do not see it. */
  readonly description: string;
  /** Shapes in coordinates from 0 to `UNIT`, clipped to nothing. */
  readonly shapes: Part;
  /** Markers and texts, placed by percentages. */
  readonly marks?: Part;
  /** Of the plot's area: as wide as high. Default: a strip of fixed height. */
  readonly square?: boolean;
  /** Lines of words above the plot's area. Default 0. */
  readonly headroom?: number;
  /** What the script reads. */
  readonly data?: string;
}

export function frame({ x, y, xLabel, yLabel, description, shapes, marks, square = false, headroom = 0, data }: Frame): Markup {
  const across = y.ticks.map(({ value, label }) => {
    const at = share(1 - y.at(value));
    return html`<line x1="0" x2="100%" y1="${at}" y2="${at}"/><text x="-8" y="${at}" dy="0.32em" text-anchor="end">${label}</text>`;
  });
  const down = x.ticks.map(({ value, label }) => {
    const at = share(x.at(value));
    return html`<line class="tick" x1="${at}" x2="${at}" y1="100%" y2="100%"/><text x="${at}" y="100%" dy="18" text-anchor="middle">${label}</text>`;
  });
  const kind = square ? 'plot square' : 'plot';
  return html`<div class="${kind}"${data !== undefined && html` data-chart="${data}"`}>
${yLabel !== undefined && html`<p class="unit" aria-hidden="true">${yLabel}</p>`}
<div class="area"${headroom > 0 && html` style="margin-top:${6 + 15 * headroom}px"`}><svg class="canvas" role="img" aria-label="${description}" width="100%" height="100%">
<g class="grid" aria-hidden="true">${across}${down}</g>
<svg viewBox="0 0 ${UNIT} ${UNIT}" preserveAspectRatio="none" width="100%" height="100%" overflow="visible" aria-hidden="true">${shapes}</svg>
<g aria-hidden="true">${marks}</g>
</svg></div>
<p class="unit below" aria-hidden="true">${xLabel}</p>
</div>`;
}
