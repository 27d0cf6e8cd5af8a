/** Values by epoch: what the curves of a report are. */

import { number } from '../format.js';
import { html, type InParts, type Markup } from '../markup.js';
import { decimate } from './decimate.js';
import { frame } from './frame.js';
import { lineShape, marker, type Point, rules } from './line.js';
import { extent, linear, type Scale, scaleFor } from './scale.js';

export interface Series {
  readonly name: string;
  /** One an epoch; what is not finite is a gap. */
  readonly values: readonly number[];
  /** A class of the style sheet: `s1` … `s10`. */
  readonly look: string;
}

/** An epoch, from 1, that is marked. */
export interface Mark {
  readonly epoch: number;
  readonly label: string;
  readonly look: string;
}

export interface EpochChart {
  readonly title: string;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
  readonly format?: (value: number) => string;
}

/** Pixels that a plot is drawn for. */
const BUCKETS = 360;

/** Lines of more epochs are thinner. */
const DENSE = 500;

/** A figure with a legend, the plot and what is needed to read it out; undefined if there is nothing finite to draw. */
export function* epochChart({ title, series, marks = [], format = number }: EpochChart): InParts<Markup | undefined> {
  const epochs = Math.max(...series.map(({ values }) => values.length));
  const y = scaleFor(series.map(({ values }) => values));
  if (!y) return undefined;
  const x: Scale = epochs === 1 ? centred() : linear([1, epochs], { nice: false, whole: true, count: 6 });
  const kept = series.map(({ values }) => decimate(values, BUCKETS));
  const pointsOf = ({ values }: Series, positions: readonly number[]): Point[] => positions.map((i) => ({ x: i + 1, y: values[i]! }));
  const shapes: Markup[] = [];
  for (const [i, one] of series.entries()) {
    yield;
    shapes.push(lineShape(pointsOf(one, kept[i]!), x, y, epochs > DENSE ? `${one.look} dense` : one.look));
  }
  const ends = series.map((one) => marker({ x: one.values.length, y: one.values.at(-1)! }, x, y, one.look));
  const lines = rules(
    marks.map(({ epoch, label, look }) => ({ at: epoch, label, look })),
    x,
  );
  const keys = series.map(
    ({ name, look, values }) => html`<li><i class="key ${look}"></i>${name} <b>${format(values.at(-1) ?? Number.NaN)}</b></li>`,
  );
  yield;
  const data = readOut(series, kept, x, format);
  yield;
  return html`<figure class="chart"><figcaption><h3>${title}${y.log && html` <small>log scale</small>`}</h3><ul class="legend">${keys}</ul></figcaption>
${frame({ x, y, xLabel: 'epoch', description: describe(title, series, marks, format), shapes, marks: [lines, ends], headroom: marks.length, data })}
</figure>`;
}

/** One epoch stands in the middle. */
function centred(): Scale {
  return { log: false, at: () => 0.5, ticks: [{ value: 1, label: '1' }] };
}

function describe(title: string, series: readonly Series[], marks: readonly Mark[], format: (value: number) => string): string {
  const lines = series.map(({ name, values }) => {
    const [low, high] = extent([values]) ?? [Number.NaN, Number.NaN];
    const broken = values.reduce((count, value) => count + Number(!Number.isFinite(value)), 0);
    const gaps = broken > 0 ? `, ${broken} not finite` : '';
    return `${name}: first ${format(values[0] ?? Number.NaN)}, last ${format(values.at(-1) ?? Number.NaN)}, from ${format(low)} to ${format(high)}${gaps}`;
  });
  return [`${title} by epoch`, ...lines, ...marks.map(({ epoch, label }) => `epoch ${epoch}: ${label}`)].join('. ');
}

/** Epochs that are drawn, where they stand, and every series' values there as text. */
function readOut(series: readonly Series[], kept: readonly (readonly number[])[], x: Scale, format: (value: number) => string): string {
  const positions = [...new Set(kept.flat())].sort((a, b) => a - b);
  return JSON.stringify({
    epochs: positions.map((i) => i + 1),
    at: positions.map((i) => Number(x.at(i + 1).toFixed(4))),
    series: series.map(({ name, look, values }) => ({
      name,
      look,
      values: positions.map((i) => (i < values.length ? format(values[i]!) : '')),
    })),
  });
}
