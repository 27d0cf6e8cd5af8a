import { fullLike, iota } from '../../tensor/functional.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Read, Sheet } from './sheet.js';

/** How many elements lie from `edges[i]` up to but not including `edges[i + 1]`, the last edge included: NumPy's. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Whole numbers up to it are exact in f32. */
const EXACT = 2 ** 24;
/** Bins narrower than this share of the greatest |x| are a few roundings wide: the elements count as equal. */
const NARROW = 2 ** -20;

/**
 * Bins of one width from the least to the greatest element. Where all are equal, they lie around it
 * at a distance of half of max(1, |x|). Counts are exact, for the edges that are given with them.
 */
export function histogram(sheet: Sheet, x: Tensor, bins: number): Read<Histogram> {
  const flat = x.reshape([x.size]);
  const { low, high } = range(flat, bins);
  const width = high.sub(low);
  const edge = (i: Tensor) => low.add(width.mul(i.mul(1 / bins)));
  // A bin is at least 8 roundings wide, so the guess is off by one at most.
  const guess = flat
    .sub(low)
    .div(width)
    .mul(bins)
    .floor()
    .clip(0, bins - 1);
  const above = flat.greaterEqual(edge(guess.add(1))).and(guess.less(bins - 1));
  const bin = guess.sub(flat.less(edge(guess)).cast(x.dtype)).add(above.cast(x.dtype));
  const one = fullLike(x.size > EXACT ? flat.cast('f64') : flat, 1);
  const position = iota([bins + 1]);
  const edges = sheet.numbers(position.equal(bins).select(high, edge(position.cast(x.dtype))));
  const counts = sheet.numbers(one.scatterAdd(bin.cast('i32'), bins));
  return (numbers) => ({ edges: [...edges(numbers)], counts: [...counts(numbers)] });
}

function range(x: Tensor, bins: number): { low: Tensor; high: Tensor } {
  const [least, most] = [x.min(), x.max()];
  const greatest = least.abs().maximum(most.abs());
  const equal = most.sub(least).lessEqual(greatest.mul(bins * NARROW));
  const margin = greatest.maximum(1).mul(0.5);
  return { low: equal.select(least.sub(margin), least), high: equal.select(most.add(margin), most) };
}
