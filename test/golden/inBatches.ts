/** Metrics over batches, as a session measures them. */

import type { Metric } from '../../src/metrics/metric.js';
import type { NDArray } from '../../src/tensor/ndarray.js';

/** The value after batches of so many rows, whose sums are added up or, where the metric collects, joined. */
export function inBatches(
  metric: Metric,
  update: { readonly sync: (...columns: never[]) => unknown },
  columns: readonly NDArray[],
  batch: number,
): number[] {
  const sums: Float64Array[] = [];
  for (let row = 0; row < columns[0]!.shape[0]!; row += batch) {
    const parts = update.sync(...(columns.map((column) => column.slice(row, row + batch)) as never[])) as readonly NDArray[];
    for (const [i, { data }] of parts.entries()) {
      const before = sums[i];
      if (!before) sums[i] = Float64Array.from(data);
      else if (metric.collects) sums[i] = Float64Array.of(...before, ...data);
      else for (let j = 0; j < data.length; j++) before[j]! += data[j]!;
    }
  }
  return [metric.finalize(sums)].flat(2) as number[];
}
