/** A part of the page under a heading of its own. */

import { html, type InParts, type Markup, type Part } from '../markup.js';

export interface Section {
  /** For links. */
  readonly id: string;
  readonly title: string;
  /** A sentence below the heading. */
  readonly lead?: Part;
  readonly body: Part;
}

export function sectionMarkup({ id, title, lead, body }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${lead !== undefined && html`<p class="lead">${lead}</p>`}
${body}
</section>
`;
}

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Part;
  /** Words flush left, numbers flush right. Default: a number. */
  readonly words?: boolean;
}

/** A table that scrolls by itself where it is wider than the page. The first column names the row. */
export function* table<Row>(caption: string, rows: readonly Row[], columns: readonly Column<Row>[]): InParts<Markup> {
  const look = ({ words }: Column<Row>) => (words ? 'words' : 'number');
  const head = columns.map((column) => html`<th scope="col" class="${look(column)}">${column.title}</th>`);
  const line = (row: Row) =>
    columns.map((column, i) =>
      i === 0
        ? html`<th scope="row" class="${look(column)}">${column.cell(row)}</th>`
        : html`<td class="${look(column)}">${column.cell(row)}</td>`,
    );
  const lines: Markup[] = [];
  for (const row of rows) {
    lines.push(html`<tr>${line(row)}</tr>\n`);
    yield;
  }
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption class="hidden">${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>${lines}</tbody></table></div>`;
}
