/** Histories that no run needs to be trained for. */

import type { ReportHistory } from '../../src/index.js';
import { generator } from '../support/generator.js';

/** A run of so many epochs that overfits from two fifths on. */
export function overfitted(epochs: number): ReportHistory {
  const random = generator(7);
  const at = (i: number) => i / epochs;
  const list = (value: (i: number) => number) => Array.from({ length: epochs }, (_, i) => value(i));
  return {
    loss: list((i) => 2 * Math.exp(-6 * at(i)) + 0.01 * random()),
    lr: list((i) => 1e-3 * 0.1 ** Math.floor(4 * at(i))),
    metrics: { accuracy: list((i) => 1 - 0.9 * Math.exp(-6 * at(i))) },
    validation: {
      loss: list((i) => 1.5 * Math.exp(-8 * at(i)) + 0.3 + at(i) + 0.01 * random()),
      accuracy: list((i) => 0.9 - 0.8 * Math.exp(-6 * at(i))),
    },
    steps: 100 * epochs,
    seconds: 12.5,
    stopReason: 'earlyStopping',
    restoredEpoch: Math.max(1, Math.round(epochs / 3)),
    options: {
      epochs: 2 * epochs,
      batchSize: 32,
      seed: 1,
      optimizer: 'adam',
      lr: null,
      shuffle: true,
      metrics: ['accuracy'],
    },
    environment: { slalom: '0.1.0', node: '20.17.0', cpu: 'A processor', isa: 'avx2', threads: 2, date: '2026-11-25T12:00:00.000Z' },
  };
}

/** Nothing but the bare fields. */
export const bare = (loss: readonly number[]): ReportHistory => ({
  loss,
  lr: loss.map(() => 0.1),
  metrics: {},
  steps: loss.length,
  seconds: 0,
  stopReason: 'epochs',
});

/** Text that would end attributes, tags and scripts. */
export const HOSTILE = `</title></script><script>alert(1)</script><img src=x onerror="alert(2)">' & "`;
