/** The head of the page: what the run was, how it ended, its most important numbers. */

import type { Content, Curve } from '../content.js';
import { date, duration, plural, score, title, whole } from '../format.js';
import { html, type Markup } from '../markup.js';
import { type Story, summary, valueAt } from '../story.js';

interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note: string;
  readonly strong?: boolean;
}

/** Tiles of evaluated scores, and of metrics of the run; more are in the sections below. */
const MOST = 3;
const METRICS = 2;
/** Tiles side by side. */
const ROW = 6;

function evaluated({ evaluation }: Content): Tile[] {
  const numeric = Object.entries(evaluation ?? {}).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return numeric
    .sort(([a], [b]) => Number(a === 'loss') - Number(b === 'loss'))
    .slice(0, MOST)
    .map(([name, value]) => ({ name: title(name), value: score(name, value), note: 'evaluated', strong: true }));
}

function curveTile(curve: Curve, best: number, epochs: number): Tile {
  const of = curve.validation ? 'validation' : 'training';
  const [there, end] = [valueAt(curve, best), valueAt(curve, epochs)];
  const note = best === epochs ? of : `${of} · ${score(curve.name, end)} at the end`;
  return { name: title(curve.name), value: score(curve.name, there), note };
}

function tiles(content: Content, { best, by }: Story): Tile[] {
  const { loss, curves, epochs, seconds, steps } = content;
  const rate = epochs > 0 ? ` · ${duration(seconds / epochs)} an epoch` : '';
  const time: Tile = { name: 'Time', value: duration(seconds), note: `${plural(steps, 'step')}${rate}` };
  if (best === undefined) return [...evaluated(content), time];
  return [
    ...evaluated(content),
    { name: 'Best epoch', value: whole(best), note: `of ${whole(epochs)} · ${by}` },
    ...[loss, ...curves.slice(0, METRICS)].map((curve) => curveTile(curve, best, epochs)),
    time,
  ];
}

/** The heading, a summary and tiles. */
export function overview(content: Content, story: Story): Markup {
  const { environment } = content;
  const when = typeof environment.date === 'string' ? date(environment.date) : undefined;
  const shown = tiles(content, story);
  const row = shown.length > ROW ? Math.ceil(shown.length / 2) : shown.length;
  return html`<header>
<p class="eyebrow">Slalom${when !== undefined && ` · ${when}`}</p>
<h1>${content.title}</h1>
<p class="summary">${summary(content, story)}</p>
<dl class="tiles" style="--row:${row}">${shown.map(
    ({ name, value, note, strong }) =>
      html`<div class="${strong ? 'tile strong' : 'tile'}"><dt>${name}</dt><dd><b>${value}</b><span>${note}</span></dd></div>\n`,
  )}</dl>
</header>
`;
}
