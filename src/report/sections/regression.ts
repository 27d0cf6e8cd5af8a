/** Predictions of numbers against what is true. */

import { frame, share } from '../charts/frame.js';
import { extent, linear } from '../charts/scale.js';
import type { Content } from '../content.js';
import { number, plural, title, whole } from '../format.js';
import { html } from '../markup.js';
import type { Section } from './section.js';

export function regressionSection({ outcomes }: Content): Section | undefined {
  if (outcomes?.task !== 'numbers' || !outcomes.scores) return undefined;
  const { pairs, rows, scores } = outcomes;
  const ends = pairs && extent([pairs.target, pairs.prediction]);
  const list = Object.entries(scores).map(
    ([name, value]) => html`<div><dt>${name.toUpperCase() === name ? name : title(name)}</dt><dd>${number(value)}</dd></div>`,
  );
  return {
    id: 'predictions',
    title: 'Predictions',
    lead: `Predicted against true values of ${plural(rows, 'test row')}${pairs && pairs.of > pairs.target.length ? `; drawn: ${whole(pairs.target.length)} of ${whole(pairs.of)}` : ''}.`,
    body: html`<div class="split">${pairs && ends && scatter(pairs, ends)}<dl class="facts">${list}</dl></div>`,
  };
}

function scatter(
  { target, prediction }: { readonly target: readonly number[]; readonly prediction: readonly number[] },
  ends: [number, number],
) {
  const axis = linear(ends);
  const dots = target.map((value, i) => {
    const [x, y] = [axis.at(value), 1 - axis.at(prediction[i]!)];
    return Number.isFinite(x) && Number.isFinite(y) && html`<circle cx="${share(x)}" cy="${share(y)}" r="2.5"/>`;
  });
  const plot = frame({
    x: axis,
    y: axis,
    xLabel: 'true',
    yLabel: 'predicted',
    square: true,
    description: `Predicted against true values, ${target.length} points; the diagonal is exact.`,
    shapes: html`<path class="reference" d="M0 1000L1000 0"/>`,
    marks: html`<g class="scatter s1">${dots}</g>`,
  });
  return html`<figure class="chart narrow">${plot}</figure>`;
}
