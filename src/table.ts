/** Columns padded to their widest cell, rules below the first row and the last; `right`: from this column on flush right. */
export function table(rows: readonly (readonly string[])[], right: number): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const print = (row: readonly string[]) =>
    row
      .map((cell, i) => (i >= right ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [print(rows[0]!), rule, ...rows.slice(1).map(print), rule];
}
