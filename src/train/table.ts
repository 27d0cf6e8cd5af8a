/** Text tables: cells padded to their widest, numbers flush right. */

export interface TextColumn {
  readonly title: string;
  readonly right?: boolean;
}

export function textTable(columns: readonly TextColumn[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) => rows.reduce((width, row) => Math.max(width, row[i]!.length), title.length));
  const print = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (columns[i]!.right ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [print(columns.map(({ title }) => title)), rule, ...rows.map(print)];
}
