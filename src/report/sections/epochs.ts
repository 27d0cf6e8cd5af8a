/** The numbers behind the curves. */

import type { Content, Curve } from '../content.js';
import { number, score, whole, words } from '../format.js';
import { html, type InParts } from '../markup.js';
import type { Story } from '../story.js';
import { type Column, type Section, table } from './section.js';

/** Rows of the table; of more epochs, evenly spaced ones and the best. */
const MOST = 100;

export function* epochsSection({ loss, curves, lr, epochs }: Content, { best }: Story): InParts<Section | undefined> {
  if (epochs === 0) return undefined;
  const rows = Math.min(epochs, MOST);
  const spaced = Array.from({ length: rows }, (_, i) => (rows === 1 ? 1 : 1 + Math.round((i * (epochs - 1)) / (rows - 1))));
  const shown = [...new Set([...spaced, ...(best === undefined || best > epochs ? [] : [best])])].sort((a, b) => a - b);
  const cell = (name: string, values: readonly number[]) => (epoch: number) =>
    epoch > values.length ? '–' : score(name, values[epoch - 1]!);
  const columns = ({ name, training, validation }: Curve): Column<number>[] => [
    { title: words(name), cell: cell(name, training) },
    ...(validation ? [{ title: `validation ${words(name)}`, cell: cell(name, validation) }] : []),
  ];
  return {
    id: 'epochs',
    title: 'Epoch by epoch',
    body: html`<details><summary>${shown.length < epochs ? `${whole(shown.length)} of ${whole(epochs)} epochs` : `${whole(epochs)} rows`}</summary>
${yield* table('Values by epoch', shown, [
  { title: 'epoch', words: true, cell: (epoch) => html`${whole(epoch)}${epoch === best && html` <small>best</small>`}` },
  ...[loss, ...curves].flatMap(columns),
  { title: 'learning rate', cell: (epoch) => number(lr[epoch - 1] ?? Number.NaN) },
])}</details>`,
  };
}
