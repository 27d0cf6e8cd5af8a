/** Markdown tables that also read well in a terminal. */

/** The first `texts` columns are words, the others numbers. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string[] {
  const widths = head.map((cell, c) => Math.max(3, cell.length, ...rows.map((row) => row[c]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, c) => (c < texts ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, c) => (c < texts ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)];
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');
export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.01 ? 1 : 0)} %`;
export const digits = (value: number, count = 3): string =>
  value >= 10 ** count ? value.toFixed(0) : value.toPrecision(count).replace(/e.*$/, (exponent) => exponent);
/** A ratio of speeds. */
export const times = (ratio: number): string => `${ratio < 10 ? ratio.toFixed(2) : whole(ratio)} ×`;
