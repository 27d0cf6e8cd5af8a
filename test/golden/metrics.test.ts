import { describe, expect, it } from 'vitest';
import * as metrics from '../../src/metrics/index.js';
import type { Metric } from '../../src/metrics/metric.js';
import { compile } from '../../src/tensor/compile.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { reductionTolerance } from '../op-table/tolerance.js';
import { distance, fixture, numbers, type Stored, stored } from './fixtures.js';
import { inBatches } from './inBatches.js';

interface Case {
  readonly name: string;
  readonly metric: keyof typeof metrics;
  readonly options: Record<string, unknown>;
  readonly prediction: Stored;
  readonly target: Stored;
  readonly value: number | Stored;
}

const { cases } = fixture<{ cases: readonly Case[] }>('metrics');

/** The metric over batches of three rows, whose sums are added up as a session does. */
function run(c: Case, dtype: 'f32' | 'f64'): number[] {
  const metric = (metrics[c.metric] as (options: object) => Metric)(c.options);
  const update = compile((prediction: Tensor, target: Tensor) => metric.update(prediction, target));
  const [prediction, target] = [stored(c.prediction, dtype), stored(c.target, dtype)];
  return inBatches(metric, update, [prediction, target], 3);
}

describe.each(['f64', 'f32'] as const)('metrics in %s', (dtype) => {
  it.each(cases.map((c, i) => [`${i} ${c.name}`, c] as const))('%s', (_, c) => {
    const expected = typeof c.value === 'number' ? [c.value] : numbers(c.value.data);
    // Targets near 1,024 cost ten bits of their spread in r2.
    const magnitude = c.metric === 'r2' ? 4 * 1024 ** 2 : 4;
    expect(distance(run(c, dtype), expected)).toBeLessThan(
      reductionTolerance(c.metric === 'r2' ? 'f64' : dtype, c.prediction.data.length, magnitude),
    );
  });
});
