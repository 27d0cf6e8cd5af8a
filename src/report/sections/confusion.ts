/** Which classes are taken for which. */

import { type Color, encodePngSync } from '../../png.js';
import type { Content } from '../content.js';
import { number, percent, plural, whole } from '../format.js';
import { html, type InParts, type Markup } from '../markup.js';
import { type Section, table } from './section.js';

interface Matrix {
  /** Row = true class, column = predicted class. */
  readonly counts: readonly (readonly number[])[];
  /** Sums of its rows. */
  readonly rows: readonly number[];
}

/** Classes of the largest table; more are drawn as a picture. */
const TABLE = 24;
/** Cells along a side of the largest picture: smaller ones would not be seen. */
const CELLS = 260;
/** Rows of the lists. */
const LISTED = 8;
/** In a cell of the table without a row. */
const NONE = '·';

/** Of a class against all others. */
interface ClassScores {
  readonly name: string;
  readonly rows: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

// A thousand classes are a million cells: loops by position take milliseconds, iterators a hundred.
function sum(values: readonly number[]): number {
  let all = 0;
  for (let i = 0; i < values.length; i++) all += values[i]!;
  return all;
}

function addTo(sums: Float64Array, row: readonly number[]): void {
  for (let c = 0; c < row.length; c++) sums[c]! += row[c]!;
}

function* scoresOf({ counts, rows: sums }: Matrix, names: readonly string[]): InParts<ClassScores[]> {
  const said = new Float64Array(names.length);
  for (const row of counts) {
    addTo(said, row);
    yield;
  }
  return counts.map((row, c) => {
    const [hits, rows] = [row[c]!, sums[c]!];
    return { name: names[c]!, rows, precision: hits / said[c]!, recall: hits / rows, f1: (2 * hits) / (rows + said[c]!) };
  });
}

interface Mistake {
  readonly label: number;
  readonly said: number;
  readonly count: number;
  readonly share: number;
}

/** The most frequent ones, the first of those that are equally frequent. */
function* mistakes({ counts, rows }: Matrix): InParts<Mistake[]> {
  const found: Mistake[] = [];
  for (const [label, row] of counts.entries()) {
    addMistakes(found, label, row, rows[label]!);
    yield;
  }
  return found;
}

function addMistakes(found: Mistake[], label: number, row: readonly number[], rows: number): void {
  let least = found.length === LISTED ? found.at(-1)!.count : 0;
  for (let said = 0; said < row.length; said++) {
    const count = row[said]!;
    if (count <= least || said === label) continue;
    const at = found.findIndex((other) => other.count < count);
    found.splice(at < 0 ? found.length : at, 0, { label, said, count, share: count / rows });
    found.length = Math.min(found.length, LISTED);
    least = found.length === LISTED ? found.at(-1)!.count : 0;
  }
}

/** Small shares of mistakes would not be seen. */
const shade = (share: number, right: boolean): number => (right ? share : Math.cbrt(share));

function* grid({ counts, rows: sums }: Matrix, names: readonly string[]): InParts<Markup> {
  const head = names.map((name) => html`<th scope="col"><span>${name}</span></th>`);
  const lines: Markup[] = [];
  for (const [label, row] of counts.entries()) {
    const rows = sums[label]!;
    const cells = row.map((count, said) => {
      if (count === 0) return html`<td class="none">${NONE}</td>`;
      const right = said === label;
      const depth = shade(count / rows, right).toFixed(3);
      return html`<td class="${right ? 'right' : 'wrong'}" style="--depth:${depth}" title="${names[label]!} taken for ${names[said]!}: ${percent(count / rows)}">${cellText(count)}</td>`;
    });
    lines.push(html`<tr><th scope="row">${names[label]!}</th>${cells}</tr>\n`);
    yield;
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="matrix" style="--classes:${names.length}"><caption>Rows: true class. Columns: predicted class.</caption>
<thead><tr><td></td>${head}</tr></thead><tbody>${lines}</tbody></table></div>`;
}

/** Counts of weighted rows are no whole numbers. */
const cellText = (count: number): string => (Number.isInteger(count) ? whole(count) : number(count, 3));

/** Depths of one colour: 127 each of right and wrong, and nothing. */
const DEPTHS = 127;
const PALETTE: readonly Color[] = [
  [0, 0, 0, 0],
  ...Array.from({ length: DEPTHS }, (_, i): Color => [62, 116, 226, Math.round((255 * (i + 1)) / DEPTHS)]),
  ...Array.from({ length: DEPTHS }, (_, i): Color => [226, 106, 22, Math.round((255 * (i + 1)) / DEPTHS)]),
];

/** Its place in the palette. */
function colorOf(right: number, wrong: number): number {
  const [hit, miss] = [shade(right, true), shade(wrong, false)];
  if (hit === 0 && miss === 0) return 0;
  return Math.max(1, Math.round(Math.max(hit, miss) * DEPTHS)) + (hit >= miss ? 0 : DEPTHS);
}

/** Classes that share a cell show the deepest of them. */
function* picture({ counts, rows }: Matrix): InParts<Markup> {
  const classes = counts.length;
  const size = Math.min(classes, CELLS);
  const place = Uint32Array.from({ length: classes }, (_, c) => Math.floor((c * size) / classes));
  const [right, wrong] = [new Float64Array(size * size), new Float64Array(size * size)];
  const deepen = (label: number, row: readonly number[]) => {
    const all = rows[label]! || 1;
    const top = place[label]! * size;
    for (let said = 0; said < classes; said++) {
      const share = row[said]! / all;
      const at = top + place[said]!;
      const shares = said === label ? right : wrong;
      if (share > shares[at]!) shares[at] = share;
    }
  };
  for (const [label, row] of counts.entries()) {
    deepen(label, row);
    yield;
  }
  const pixels = new Uint8Array(size * size);
  for (let top = 0; top < pixels.length; top += size) {
    for (let at = top; at < top + size; at++) pixels[at] = colorOf(right[at]!, wrong[at]!);
    yield;
  }
  const source = `data:image/png;base64,${encodePngSync({ width: size, height: size, palette: PALETTE, pixels }).toString('base64')}`;
  return html`<figure class="picture"><img alt="Confusion matrix of ${classes} classes: right on the diagonal, mistakes beside it" src="${source}" width="${size}" height="${size}"><figcaption class="note">Rows from the top: true class 1 to ${whole(classes)}. Columns: predicted class. Blue: right, orange: mistakes; deeper is more of its row.</figcaption></figure>`;
}

function* mistakeList(matrix: Matrix, names: readonly string[]): InParts<Markup> {
  const found = yield* mistakes(matrix);
  if (found.length === 0) return html`<p class="note">There are none.</p>`;
  return yield* table('Most frequent mistakes', found, [
    { title: 'true class', words: true, cell: ({ label }) => names[label]! },
    { title: 'taken for', words: true, cell: ({ said }) => names[said]! },
    { title: 'rows', cell: ({ count }) => cellText(count) },
    { title: 'of the class', cell: ({ share }) => percent(share) },
  ]);
}

function* classTable(matrix: Matrix, names: readonly string[]): InParts<Markup> {
  const all = yield* scoresOf(matrix, names);
  const shown = all.length > TABLE ? [...all].sort((a, b) => rank(a) - rank(b)).slice(0, LISTED) : all;
  return yield* table('Scores by class', shown, [
    { title: 'class', words: true, cell: ({ name }) => name },
    { title: 'precision', cell: ({ precision }) => share(precision) },
    { title: 'recall', cell: ({ recall }) => share(recall) },
    { title: 'F1', cell: ({ f1 }) => html`${f1 >= 0 && html`<i class="share" style="--part:${f1.toFixed(3)}"></i>`}${share(f1)}` },
    { title: 'rows', cell: ({ rows }) => cellText(rows) },
  ]);
}

/** Classes that never occur come last. */
const rank = ({ rows, f1 }: ClassScores): number => (rows === 0 || Number.isNaN(f1) ? 2 : f1);
const share = (value: number): string => (Number.isNaN(value) ? '–' : percent(value));

export function* confusionSection({ outcomes, counted }: Content, names: readonly string[]): InParts<Section | undefined> {
  const found = outcomes?.confusion ? { of: 'test rows', matrix: outcomes.confusion } : counted;
  if (!found) return undefined;
  const { matrix: counts, of } = found;
  const sums: number[] = [];
  for (const row of counts) {
    sums.push(sum(row));
    yield;
  }
  const matrix: Matrix = { counts, rows: sums };
  const rows = sum(sums);
  const right = sum(counts.map((row, c) => row[c]!));
  const large = counts.length > TABLE;
  const drawn = yield* large ? picture(matrix) : grid(matrix, names);
  const list = yield* mistakeList(matrix, names);
  const byClass = yield* classTable(matrix, names);
  return {
    id: 'confusion',
    title: 'Confusion matrix',
    lead: `${cellText(right)} of ${cellText(rows)} ${of} are right: ${percent(right / rows, 2)}. ${plural(counts.length, 'class', 'classes')}.`,
    body: html`<div class="split"><div>${drawn}</div><div><h3>Most frequent mistakes</h3>${list}</div></div>
<h3>${large ? `The ${LISTED} classes with the lowest F1` : 'By class'}</h3>${byClass}`,
  };
}
