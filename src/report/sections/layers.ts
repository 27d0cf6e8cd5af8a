/** Parameters one by one: shapes, weights, gradients, and how far a step moves them. */

import { histogram } from '../charts/histogram.js';
import type { Content } from '../content.js';
import { number, plural, whole } from '../format.js';
import type { LayerStatistics, TensorStatistics } from '../layers.js';
import { html, type InParts, type Markup } from '../markup.js';
import { type Column, type Section, table } from './section.js';

interface Row extends LayerStatistics {
  readonly path: string;
  readonly shape?: readonly number[];
  readonly elements?: number;
  readonly trains?: boolean;
}

function rowsOf({ weights = [], layers }: Content): Row[] {
  const known = weights.map(({ path, statistics, ...weight }): Row => ({ path, ...weight, ...layers.get(path), weight: statistics }));
  const paths = new Set(known.map(({ path }) => path));
  return [...known, ...[...layers].filter(([path]) => !paths.has(path)).map(([path, statistics]): Row => ({ path, ...statistics }))];
}

const bars = (statistics: TensorStatistics | undefined): Markup | string => {
  const { counts, edges } = statistics?.histogram ?? {};
  if (!statistics || !counts || counts.length === 0) return '–';
  return histogram({ counts: Array.from(counts), from: edges?.at(0) ?? statistics.min, to: edges?.at(-1) ?? statistics.max });
};

const value = (x: number | undefined): string => (x === undefined ? '–' : number(x, 3));

export function* layersSection(content: Content): InParts<Section | undefined> {
  const rows = rowsOf(content);
  if (rows.length === 0) return undefined;
  const has = (field: keyof Row) => rows.some((row) => row[field] !== undefined);
  const some = (there: boolean, ...columns: Column<Row>[]) => (there ? columns : []);
  const total = rows.reduce((sum, { elements = 0 }) => sum + elements, 0);
  return {
    id: 'layers',
    title: 'Layers',
    ...(total > 0 && { lead: `${plural(total, 'parameter')} in ${plural(rows.length, 'tensor')}.` }),
    body: yield* table('Statistics by parameter', rows, [
      {
        title: 'path',
        words: true,
        cell: ({ path, trains }) => html`<code>${path}</code>${trains === false && html` <small>frozen</small>`}`,
      },
      ...some(
        has('shape'),
        { title: 'shape', cell: ({ shape }) => (shape ? shape.join(' × ') || 'scalar' : '–') },
        { title: 'elements', cell: ({ elements }) => (elements === undefined ? '–' : whole(elements)) },
      ),
      ...some(
        has('weight'),
        { title: 'norm', cell: ({ weight }) => value(weight?.norm) },
        { title: 'mean', cell: ({ weight }) => value(weight?.mean) },
        { title: 'std', cell: ({ weight }) => value(weight?.std) },
        { title: 'least', cell: ({ weight }) => value(weight?.min) },
        { title: 'greatest', cell: ({ weight }) => value(weight?.max) },
        { title: 'weights', cell: ({ weight }) => bars(weight) },
      ),
      ...some(
        has('gradient'),
        { title: 'gradient norm', cell: ({ gradient }) => value(gradient?.norm) },
        { title: 'gradients', cell: ({ gradient }) => bars(gradient) },
      ),
    ]),
  };
}

/** A step usually changes weights by about a thousandth of their norm. */
const USUAL = 1e-3;
/** Factor from which a ratio is far from it. */
const FAR = 10;

function judged(ratio: number | null): string {
  if (ratio === null) return 'the weights are all 0';
  if (!Number.isFinite(ratio)) return 'not finite';
  if (ratio > USUAL * FAR) return 'large: the learning rate may be too high';
  return ratio < USUAL / FAR ? 'small: hardly moves' : 'usual';
}

const isAlarming = (ratio: number | null): boolean => ratio !== null && !(ratio >= USUAL / FAR && ratio <= USUAL * FAR);

export function* stepSizesSection(content: Content): InParts<Section | undefined> {
  const rows = rowsOf(content).flatMap(({ path, update }) => (update ? [{ path, ...update }] : []));
  if (rows.length === 0) return undefined;
  return {
    id: 'steps',
    title: 'Step sizes',
    lead: 'What one step changes, as a share of the weights. About 0.001 is usual; far from it, the learning rate does not suit the layer.',
    body: yield* table('Step sizes by parameter', rows, [
      { title: 'path', words: true, cell: ({ path }) => html`<code>${path}</code>` },
      { title: 'update norm', cell: ({ norm }) => number(norm, 3) },
      { title: 'update / weight', cell: ({ ratio }) => value(ratio ?? undefined) },
      {
        title: '',
        words: true,
        cell: ({ ratio }) => html`<span class="${isAlarming(ratio) ? 'alarm' : 'calm'}">${judged(ratio)}</span>`,
      },
    ]),
  };
}
