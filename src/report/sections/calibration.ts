/** Whether probabilities mean what they say. */

import type { ReliabilityBin } from '../assess/measures.js';
import { UNIT } from '../charts/frame.js';
import { unitPlot } from '../charts/unitPlot.js';
import type { Content } from '../content.js';
import { number, percent, whole } from '../format.js';
import { html, type InParts, type Markup } from '../markup.js';
import { type Section, table } from './section.js';

/** Half the gap between bars, in the coordinates of a frame. */
const GAP = 4;

/** Mean of |share that was right − mean confidence| over bins, weighted by their rows: `metrics.calibrationError`. */
export function calibrationErrorOf(bins: readonly ReliabilityBin[]): number {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  return bins.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence), 0) / rows;
}

function bars(bins: readonly ReliabilityBin[]): Markup[] {
  const width = UNIT / bins.length;
  return bins.flatMap(({ rows, right, confidence }, i) => {
    if (rows === 0) return [];
    const [accuracy, mean] = [right / rows, confidence / rows];
    const box = (from: number, to: number, look: string) => {
      const top = UNIT * (1 - Math.max(from, to));
      const height = UNIT * Math.abs(to - from);
      return html`<rect class="${look}" x="${(i * width + GAP).toFixed(1)}" width="${(width - 2 * GAP).toFixed(1)}" y="${top.toFixed(1)}" height="${height.toFixed(1)}"/>`;
    };
    return [box(0, Math.min(accuracy, mean), 'bar'), box(accuracy, mean, accuracy < mean ? 'gap' : 'spare')];
  });
}

/** How many rows each bin has, as bars below the diagram. */
function populations(bins: readonly ReliabilityBin[]): Markup {
  const most = Math.max(...bins.map(({ rows }) => rows), 1);
  const columns = bins.map(({ rows }, i) => {
    const height = (100 * rows) / most;
    const from = percent(i / bins.length, 0);
    return html`<i style="--height:${height.toFixed(2)}%" title="${whole(rows)} rows from ${from} to ${percent((i + 1) / bins.length, 0)}"></i>`;
  });
  return html`<div class="populations" role="img" aria-label="Rows by confidence, at most ${whole(most)} in an interval">${columns}</div>`;
}

function verdict(bins: readonly ReliabilityBin[], error: number): string {
  const rows = bins.reduce((sum, bin) => sum + bin.rows, 0);
  const surplus = bins.reduce((sum, { right, confidence }) => sum + confidence - right, 0) / rows;
  // The signed mean is most of the error where all bins lean to one side.
  if (Math.abs(surplus) < error / 2) return 'Confidence and accuracy differ in both directions.';
  const points = `${number(100 * Math.abs(surplus), 2)} percentage points`;
  return `On average the model is ${points} ${surplus > 0 ? 'surer than it is right' : 'less sure than it could be'}.`;
}

export function* calibrationSection({ outcomes }: Content): InParts<Section | undefined> {
  const bins = outcomes?.reliability;
  if (!bins?.some(({ rows }) => rows > 0)) return undefined;
  const error = calibrationErrorOf(bins);
  const filled = bins.map((bin, i) => ({ ...bin, i })).filter(({ rows }) => rows > 0);
  const description = `Reliability diagram: ${filled
    .map(({ i, rows, right }) => `${percent(i / bins.length, 0)} to ${percent((i + 1) / bins.length, 0)}: ${percent(right / rows)} right`)
    .join('; ')}`;
  return {
    id: 'calibration',
    title: 'Calibration',
    lead: html`Expected calibration error <b>${number(error, 3)}</b> over ${bins.length} intervals of confidence. ${verdict(bins, error)}`,
    body: html`<div class="split"><figure class="chart narrow"><figcaption><ul class="legend"><li><i class="key area bar"></i>right</li><li><i class="key area gap"></i>too sure</li><li><i class="key area spare"></i>not sure enough</li></ul></figcaption>
${yield* unitPlot({ xLabel: 'confidence', yLabel: 'share that is right', description, curves: [], reference: [0, 1], below: bars(bins) })}
${populations(bins)}<p class="unit below">rows by confidence</p></figure>
<div><h3>By confidence</h3>${yield* table('Calibration by confidence', filled, [
      { title: 'confidence', words: true, cell: ({ i }) => `${percent(i / bins.length, 0)} – ${percent((i + 1) / bins.length, 0)}` },
      { title: 'rows', cell: ({ rows }) => whole(rows) },
      { title: 'mean', cell: ({ rows, confidence }) => percent(confidence / rows) },
      { title: 'right', cell: ({ rows, right }) => percent(right / rows) },
    ])}</div></div>`,
  };
}
