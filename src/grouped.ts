/**
 * Digits in groups of three: 12,345 or -1,234.50 with two decimals. In place of `toLocaleString`, whose first call
 * takes 15 ms of the event loop to load its tables.
 */
export function grouped(value: number, decimals = 0): string {
  const [whole, fraction] = value.toFixed(decimals).split('.') as [string, string?];
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}
