/**
 * Positions of a series that are enough to draw it `buckets` pixels wide: of every bucket the
 * first, the least, the greatest, the last and the first gap, in order. No extreme is lost.
 */
export function decimate(values: readonly number[], buckets: number): number[] {
  const { length } = values;
  if (length <= 4 * buckets) return Array.from({ length }, (_, i) => i);
  const kept: number[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const begin = Math.floor((bucket * length) / buckets);
    const end = Math.floor(((bucket + 1) * length) / buckets);
    kept.push(...new Set([begin, ...extremes(values, begin, end), end - 1].sort((a, b) => a - b)));
  }
  return kept;
}

function extremes(values: readonly number[], begin: number, end: number): number[] {
  let [least, greatest, gap] = [-1, -1, -1];
  for (let i = begin; i < end; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      if (gap < 0) gap = i;
      continue;
    }
    if (least < 0 || value < values[least]!) least = i;
    if (greatest < 0 || value > values[greatest]!) greatest = i;
  }
  return [least, greatest, gap].filter((i) => i >= 0);
}
