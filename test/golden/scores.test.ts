/** Metrics of classes, probabilities and numbers against scikit-learn. */

import { describe, expect, it } from 'vitest';
import * as metrics from '../../src/metrics/index.js';
import type { Metric } from '../../src/metrics/metric.js';
import { compile } from '../../src/tensor/compile.js';
import { array } from '../../src/tensor/ndarray.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { fixture, numbers, type Stored, stored, type Values } from './fixtures.js';
import { inBatches } from './inBatches.js';

interface Input {
  readonly prediction: Stored;
  readonly target: Stored;
  readonly weights: Values | null;
}

interface Case {
  readonly input: string;
  readonly metric: keyof typeof metrics;
  readonly options: Record<string, unknown>;
  readonly value: Values | number | string;
}

const { inputs, cases } = fixture<{ inputs: Record<string, Input>; cases: readonly Case[] }>('scores');

/** The metric over batches of so many rows, whose sums are added up as a session does. */
function run({ input, metric: name, options }: Case, dtype: 'f32' | 'f64', batch: number, soft = false): number[] {
  const metric = (metrics[name] as unknown as (options: object) => Metric)({ ...options, ...(soft && { logits: false }) });
  const update = compile((prediction: Tensor, target: Tensor, weights?: Tensor) => {
    const single = prediction.shape.at(-1) === 1;
    const given = soft ? (single ? prediction.sigmoid() : prediction.softmax()) : prediction;
    return [...metric.update(given, target, weights)];
  });
  const { prediction, target, weights } = inputs[input]!;
  const [p, t] = [stored(prediction, dtype), stored(target, dtype)];
  const w = weights && array(Float64Array.from(numbers(weights)), { dtype });
  return inBatches(metric, update, w ? [p, t, w] : [p, t], batch);
}

function compare(actual: readonly number[], { value }: Case): void {
  const expected = numbers(Array.isArray(value) ? value : [value as number]);
  expect(actual.length).toBe(expected.length);
  expected.forEach((e, i) => {
    if (Number.isFinite(e)) expect(Math.abs(actual[i]! - e)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(e)));
    else expect(actual[i]).toBe(e);
  });
}

describe.each(['f64', 'f32'] as const)('scikit-learn’s values, from %s', (dtype) => {
  it.each(cases.map((c) => [`${c.metric} ${JSON.stringify(c.options)}, ${c.input}`, c] as const))('%s', (_, c) => {
    compare(run(c, dtype, 1000), c);
    compare(run(c, dtype, 7), c);
  });
});

// Probabilities of huge logits are clipped, as in scikit-learn: the fixture has a case of their own.
const soft = cases.filter(
  ({ metric, input }) =>
    ['logLoss', 'brier', 'calibrationError', 'precision', 'matthews'].includes(metric) &&
    !(metric === 'logLoss' && ['huge logits', 'probabilities of 0 and 1'].includes(input)),
);
it.each(soft.map((c) => [`${c.metric} ${JSON.stringify(c.options)}, ${c.input}`, c] as const))('of probabilities: %s', (_, c) => {
  compare(run(c, 'f64', 9, true), c);
});
