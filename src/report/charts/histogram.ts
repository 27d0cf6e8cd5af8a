/** Bars small enough for a table cell. */

import { number } from '../format.js';
import { html, type Markup } from '../markup.js';

export interface Histogram {
  readonly counts: readonly number[];
  /** Of the first and the last bar. */
  readonly from: number;
  readonly to: number;
}

const [WIDTH, HEIGHT] = [120, 28];
/** More bars than fit are added up. */
const BARS = 40;

function merged(counts: readonly number[]): number[] {
  const bars = Math.min(BARS, counts.length);
  const sums = new Array<number>(bars).fill(0);
  for (const [i, count] of counts.entries())
    sums[Math.floor((i * bars) / counts.length)]! += Number.isFinite(count) ? Math.max(count, 0) : 0;
  return sums;
}

export function histogram({ counts, from, to }: Histogram): Markup {
  const bars = merged(counts);
  const greatest = Math.max(...bars, 0) || 1;
  const width = WIDTH / bars.length;
  const shapes = bars.map((count, i) => {
    const height = (HEIGHT * count) / greatest;
    // What is there is seen, however small.
    const seen = count > 0 ? Math.max(height, 0.75) : 0;
    return (
      seen > 0 && `M${(i * width).toFixed(2)} ${HEIGHT}v${(-seen).toFixed(2)}h${Math.max(width - 0.5, 0.5).toFixed(2)}v${seen.toFixed(2)}z`
    );
  });
  const d = shapes.filter(Boolean).join('');
  const zero = from < 0 && to > 0 ? (WIDTH * -from) / (to - from) : undefined;
  return html`<svg class="bars" role="img" aria-label="Histogram from ${number(from, 3)} to ${number(to, 3)}" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}"><path d="${d}"/>${zero !== undefined && html`<path class="zero" d="M${zero.toFixed(2)} 0V${HEIGHT}"/>`}</svg>`;
}
