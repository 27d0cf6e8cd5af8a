import { OptionError } from '../errors.js';
import { fromFunction, type Metric, type MetricLike } from '../metrics/metric.js';
import type { Scores } from './events.js';

/** Metrics as they were given, with functions wrapped and names checked. */
export function checkMetrics(where: string, metrics: readonly MetricLike[]): Metric[] {
  const list = metrics.map((metric) => (typeof metric === 'function' ? fromFunction(metric) : metric));
  const names = new Set(['loss']);
  for (const { name } of list) {
    if (names.has(name)) {
      throw new OptionError(
        `${where}: two values are called ${JSON.stringify(name)}; give one metric another name, for example metrics.topK({ k: 3, name: 'top3' })`,
      );
    }
    names.add(name);
  }
  return list;
}

/**
 * The outputs of a step's program and what they mean: first the loss, then the tensors of every
 * metric, flattened. The core returns their sums over steps.
 */
export class Outputs {
  readonly names: readonly string[];
  /** Elements of all outputs. */
  readonly size: number;

  /** `sizes` has the elements of every tensor of every metric. */
  constructor(
    private readonly metrics: readonly Metric[],
    private readonly sizes: readonly (readonly number[])[],
    private readonly batchSize: number,
  ) {
    this.names = metrics.map(({ name }) => name);
    this.size = sizes.flat().reduce((sum, size) => sum + size, 1);
  }

  /** Loss and metric values from sums over batches of `rows` rows in all. */
  read(sums: Float64Array, rows: number): { loss: number; metrics: unknown[] } {
    let at = 1;
    const metrics = this.metrics.map((metric, i) =>
      metric.finalize(
        this.sizes[i]!.map((size) => {
          at += size;
          return sums.subarray(at - size, at);
        }),
      ),
    );
    // A batch was counted as rows / batchSize: see traceStep.
    return { loss: (sums[0]! * this.batchSize) / rows, metrics };
  }

  named(metrics: readonly unknown[]): Scores {
    return Object.fromEntries(this.names.map((name, i) => [name, metrics[i]]));
  }
}
