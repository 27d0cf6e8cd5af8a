import type { Tensor } from '../../tensor/tensor.js';
import { type Histogram, histogram } from './histogram.js';
import { type Read, readAll, type Sheet } from './sheet.js';

/** Of all elements of a tensor. NaN where an element is not finite. */
export interface Statistics {
  /** √ of the sum of squares. */
  readonly norm: number;
  readonly mean: number;
  /** Of the elements themselves: the divisor is their number. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** If it was asked for, and all elements are finite. */
  readonly histogram?: Histogram;
}

/** Elements as shares of the greatest |x|, so that no square overflows or vanishes. */
function scaled(x: Tensor): { shares: Tensor; scale: Tensor } {
  const greatest = x.abs().max();
  const scale = greatest.equal(0).select(1, greatest);
  return { shares: x.div(scale), scale };
}

/** `bins`: of the histogram; 0 for none. */
export function statistics(sheet: Sheet, x: Tensor, bins: number): Read<Statistics> {
  const { shares, scale } = scaled(x);
  const basic = readAll<Omit<Statistics, 'histogram'>>({
    norm: sheet.number(shares.norm().mul(scale)),
    mean: sheet.number(shares.mean().mul(scale)),
    std: sheet.number(shares.std().mul(scale)),
    min: sheet.number(x.min()),
    max: sheet.number(x.max()),
  });
  const binned = bins > 0 ? histogram(sheet, x, bins) : undefined;
  return (numbers) => {
    const values = basic(numbers);
    return binned && Number.isFinite(values.min) && Number.isFinite(values.max) ? { ...values, histogram: binned(numbers) } : values;
  };
}

/** √ of the sum of squares. */
export function norm(x: Tensor): Tensor {
  const { shares, scale } = scaled(x);
  return shares.norm().mul(scale);
}
