/** Tables as text: cells padded to the widest of their column. */

export interface TextColumn {
  readonly title: string;
  readonly right?: boolean;
}

type Cells = readonly string[];

/** Lines of one width. */
function padded(rows: readonly Cells[], right: (column: number) => boolean): string[] {
  const widths = rows[0]!.map((_, column) => rows.reduce((width, row) => Math.max(width, row[column]!.length), 0));
  return rows.map((row) => row.map((cell, i) => (right(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  '));
}

/** Without rules, all flush left. */
export function plainTable(rows: readonly Cells[]): string[] {
  return padded(rows, () => false).map((line) => line.trimEnd());
}

/** With a rule below the titles, and if it is `closed` below the last row too. */
export function textTable(columns: readonly TextColumn[], rows: readonly Cells[], closed = false): string[] {
  const [head, ...lines] = padded([columns.map(({ title }) => title), ...rows], (i) => columns[i]!.right === true);
  const rule = '─'.repeat(head!.length);
  return [head!.trimEnd(), rule, ...lines.map((line) => line.trimEnd()), ...(closed ? [rule] : [])];
}

/** Columns of words. */
export const words = (...titles: readonly string[]): TextColumn[] => titles.map((title) => ({ title }));

/** Columns of numbers, flush right. */
export const numbers = (...titles: readonly string[]): TextColumn[] => titles.map((title) => ({ title, right: true }));
