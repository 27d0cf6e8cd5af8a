import { checkOptions } from '../options.js';
import { type BinOptions, binned, binRules } from './bins.js';
import type { Metric } from './metric.js';
import { targetRule } from './probabilities.js';

/** Rows about which a model is about equally sure. */
export interface ReliabilityBin {
  /** Of their greatest probability: above `from`, up to `to`. */
  readonly from: number;
  readonly to: number;
  /** How many, or the sum of their weights. */
  readonly rows: number;
  /** Mean of their greatest probability; NaN if there are none. */
  readonly confidence: number;
  /** The share that was right; NaN if there are none. */
  readonly accuracy: number;
}

/**
 * The reliability curve (DeGroot & Fienberg 1983): one entry a bin of confidence. Accuracy below
 * confidence is a model that is too sure of itself. Predictions as for `calibrationError`.
 */
export function reliability<const Name extends string = 'reliability'>(
  options?: BinOptions<Name>,
): Metric<NoInfer<Name>, readonly ReliabilityBin[]> {
  const { name = 'reliability', ...terms } = checkOptions('metrics.reliability', options, binRules);
  return {
    name: name as Name,
    targets: targetRule,
    update: (prediction, target, weights) => binned('metrics.reliability', prediction, target, weights, terms),
    finalize: ([counts, right, confidence]) =>
      Array.from(counts!, (rows, bin) => ({
        from: bin / terms.bins,
        to: (bin + 1) / terms.bins,
        rows,
        confidence: confidence![bin]! / rows,
        accuracy: right![bin]! / rows,
      })),
  };
}
