import type { Histogram } from '../probe/histogram.js';
import type { Statistics } from '../probe/statistics.js';
import { type Bytes, double, doubles, encodeEvent, nested, text } from './record.js';

/** With a histogram. */
export type Binned = Statistics & { readonly histogram: Histogram };

export interface HistogramEvent extends Binned {
  /** Seconds since 1970. */
  readonly time: number;
  readonly step: number;
  readonly tag: string;
}

/** Summary.Value { tag = 1; HistogramProto histo = 5 }. */
export function encodeHistogram({ time, step, tag, ...binned }: HistogramEvent): Uint8Array {
  return encodeEvent(time, step, [[text(1, tag), nested(5, ...encode(binned))]]);
}

/** HistogramProto { min = 1; max = 2; num = 3; sum = 4; sum_squares = 5; repeated bucket_limit = 6; bucket = 7 }, all double. */
function encode({ min, max, mean, norm, histogram }: Binned): Bytes[] {
  const { limits, counts, total } = buckets(histogram);
  const numbers = [min, max, total, mean * total, norm ** 2];
  return [...numbers.map((value, i) => double(i + 1, value)), doubles(6, limits), doubles(7, counts)];
}

/**
 * A limit is the right edge of its bucket, and TensorBoard begins the first one at `min`: so the
 * first edge is the limit of an empty bucket, as PyTorch writes it. Empty ones at both ends are left out.
 */
function buckets({ edges, counts }: Histogram): { limits: number[]; counts: number[]; total: number } {
  const begin = counts.findIndex((count) => count > 0);
  const end = counts.findLastIndex((count) => count > 0) + 1;
  return {
    limits: edges.slice(begin, end + 1),
    counts: [0, ...counts.slice(begin, end)],
    total: counts.reduce((sum, count) => sum + count, 0),
  };
}
