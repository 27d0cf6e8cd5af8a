/** Losses, metrics and the learning rate by epoch. */

import { epochChart, type Mark } from '../charts/epochs.js';
import type { Content, Curve } from '../content.js';
import { number, score, title, whole } from '../format.js';
import { html, type InParts, type Markup } from '../markup.js';
import type { Story } from '../story.js';
import type { Section } from './section.js';

const TRAINING = 's1';
const VALIDATION = 's2';

function chartOf({ name, training, validation }: Curve, marks: readonly Mark[]) {
  const series = [
    { name: 'training', values: training, look: TRAINING },
    ...(validation ? [{ name: 'validation', values: validation, look: VALIDATION }] : []),
  ];
  return epochChart({ title: title(name), series, marks, format: (value) => score(name, value) });
}

export function* curvesSection({ loss, curves, lr, epochs }: Content, { best, parting }: Story): InParts<Section | undefined> {
  if (epochs === 0) return undefined;
  const marks: Mark[] = [];
  if (epochs > 1 && best !== undefined) marks.push({ epoch: best, label: `best: ${whole(best)}`, look: 'best' });
  const parted = parting === undefined ? [] : [{ epoch: parting, label: `losses part: ${whole(parting)}`, look: 'parting' }];
  const wide = (yield* chartOf(loss, [...marks, ...parted])) ?? html`<p class="note">No loss was finite.</p>`;
  const others: (Markup | undefined)[] = [];
  for (const curve of curves) {
    yield;
    others.push(yield* chartOf(curve, marks));
  }
  yield;
  const rates = [{ name: 'at the end of the epoch', values: lr, look: 's3' }];
  others.push(yield* epochChart({ title: 'Learning rate', series: rates, marks, format: number }));
  return { id: 'curves', title: 'Curves', body: html`<div class="wide">${wide}</div><div class="pair">${others}</div>` };
}
