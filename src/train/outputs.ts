import { setImmediate as turn } from 'node:timers/promises';
import { OptionError } from '../errors.js';
import { fromFunction, type Metric, type MetricLike } from '../metrics/metric.js';
import type { RunResult } from '../native/binding.js';
import { type EpochSums, epochSums } from './epochSums.js';
import type { Scores } from './events.js';
import type { Totals } from './totals.js';

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

/** Loss, and the metrics in their order. */
interface Values {
  readonly loss: number;
  readonly metrics: unknown[];
}

/** Elements that are read without letting others have the event loop: about a millisecond. */
const PART = 2 ** 17;

/**
 * The outputs of a step's program and what they mean: first the loss, then the tensors of every
 * metric, flattened. The core returns their sums over steps.
 */
export class Outputs {
  readonly names: readonly string[];
  /** Elements of all outputs. */
  readonly size: number;
  /** Whether some metric needs the outputs of every step. */
  readonly collects: boolean;

  /** `sizes` has the elements of every tensor of every metric. */
  constructor(
    private readonly metrics: readonly Metric[],
    private readonly sizes: readonly (readonly number[])[],
    private readonly batchSize: number,
  ) {
    this.names = metrics.map(({ name }) => name);
    this.size = sizes.flat().reduce((sum, size) => sum + size, 1);
    this.collects = metrics.some(({ collects }) => collects);
  }

  /** What a chunk gave for each epoch that it touched, with the outputs of its steps where they are needed. */
  parts(result: RunResult): (readonly [EpochSums, Float64Array | undefined])[] {
    let at = 0;
    return epochSums(result, this.size).map((epoch) => {
      const begin = at;
      at += epoch.steps * this.size;
      return [epoch, this.collects ? result.perStep?.subarray(begin, at) : undefined] as const;
    });
  }

  /** Loss and metric values over the steps so far. */
  read(totals: Totals): Values {
    const parts = this.readParts(totals);
    for (let part = parts.next(); ; part = parts.next()) if (part.done) return part.value;
  }

  /** The same of steps that may be many: the event loop turns meanwhile. */
  async readInTurns(totals: Totals): Promise<Values> {
    const parts = this.readParts(totals);
    let elements = 0;
    for (let part = parts.next(); ; part = parts.next()) {
      if (part.done) return part.value;
      elements += part.value;
      if (elements < PART) continue;
      elements = 0;
      await turn();
    }
  }

  /** Yields how many elements a part has read. */
  private *readParts(totals: Totals): Generator<number, Values> {
    let at = 1;
    const metrics: unknown[] = [];
    for (const [i, metric] of this.metrics.entries()) {
      const tensors: Float64Array[] = [];
      for (const size of this.sizes[i]!) {
        tensors.push(metric.collects ? yield* this.collected(totals, at, size) : totals.sums.subarray(at, at + size));
        at += size;
      }
      metrics.push(metric.finalize(tensors));
      yield tensors.reduce((sum, { length }) => sum + length, 0);
    }
    // A batch was counted as rows / batchSize: see traceStep.
    return { loss: (totals.sums[0]! * this.batchSize) / totals.rows, metrics };
  }

  /** An output of every step, one after the other, without the rows that fill up the last batch. */
  private *collected({ each, rows }: Totals, begin: number, size: number): Generator<number, Float64Array> {
    const width = size / this.batchSize;
    const all = new Float64Array(rows * width);
    for (const [step, outputs] of each.entries()) {
      const first = step * this.batchSize;
      all.set(outputs.subarray(begin, begin + Math.min(this.batchSize, rows - first) * width), first * width);
      yield size;
    }
    return all;
  }

  named(metrics: readonly unknown[]): Scores {
    return Object.fromEntries(this.names.map((name, i) => [name, metrics[i]]));
  }
}
