/** The same elements in another order, shape or dtype; parts and joins. */

import { formatShape, OptionError, ShapeError } from '../../errors.js';
import {
  checkArgument,
  checkOptions,
  custom,
  either,
  finite,
  integer,
  listOf,
  oneOf,
  optional,
  type Rules,
  withDefault,
} from '../../options.js';
import { DTYPES, type DType } from '../dtype.js';
import { ReduceMethods } from './reduce.js';

/** `[begin, end]`, `[begin, end, step]`, one position (the axis goes away), or null for the whole axis. */
export type Range = number | null | readonly [begin: number | null, end?: number | null, step?: number];

export interface PadOptions {
  /** What to fill with. Default 0. */
  readonly value?: number;
}

export interface TransposeOptions {
  /** Axis i of the result is axes[i] of x. Default: reversed. */
  readonly axes?: readonly number[];
}

const padRules = { value: withDefault(finite(), 0) } satisfies Rules<PadOptions>;
const axis = integer();
const axesRule = optional(listOf(axis));
const dimensions = listOf(integer(-1));
const MOST_PIECES = 2 ** 20;
const pieceRule = either(integer(1, MOST_PIECES), listOf(integer(0)));
const rangeRule = custom<Exclude<Range, number>>(
  'a position, [begin, end], [begin, end, step] or null',
  (value) => value === null || Array.isArray(value),
);
const paddingRule = listOf(
  custom<number | readonly [number, number]>(
    'a whole number or [before, after]',
    (value) => Number.isSafeInteger(value) || (Array.isArray(value) && value.length === 2 && value.every(Number.isSafeInteger)),
  ),
);

export abstract class ShapeMethods<T extends ShapeMethods<T>> extends ReduceMethods<T> {
  /** Another dtype. To i32 and u8 out-of-range numbers saturate and NaN becomes 0; to bool, all but 0 is true. */
  cast(dtype: DType): T {
    checkArgument('cast', 'dtype', dtype, oneOf(...DTYPES));
    return this.op('cast', [], { dtype });
  }

  /** The same elements in row-major order under another shape; one dimension may be −1. */
  reshape(shape: readonly number[]): T {
    return this.op('reshape', [], { shape: checkArgument('reshape', 'shape', shape, dimensions) });
  }

  /** The axes from `from` on joined into one. Default 0: a vector of all elements. */
  flatten(from = 0): T {
    const at = this.#axis('flatten', from, this.rank === 0 ? 1 : this.rank);
    return this.reshape([...this.shape.slice(0, at), this.shape.slice(at).reduce((product, d) => product * d, 1)]);
  }

  /** Axis i of the result is axes[i] of x. Without axes: reversed. */
  transpose(axes?: readonly number[]): T {
    checkArgument('transpose', 'axes', axes, axesRule);
    return this.op('transpose', [], { axes: axes ?? this.shape.map((_, i) => this.rank - 1 - i) });
  }

  /** Two axes change places. */
  swapAxes(a: number, b: number): T {
    const axes = this.shape.map((_, i) => i);
    const first = this.#axis('swapAxes', a);
    const second = this.#axis('swapAxes', b);
    [axes[first], axes[second]] = [second, first];
    return this.transpose(axes);
  }

  /** Drops axes of size 1: those named, or all. */
  squeeze(axes?: number | readonly number[]): T {
    const named =
      axes === undefined ? this.shape.flatMap((d, i) => (d === 1 ? [i] : [])) : [axes].flat().map((a) => this.#axis('squeeze', a));
    const wrong = named.find((i) => this.shape[i] !== 1);
    if (wrong !== undefined)
      throw new ShapeError(`squeeze: axis ${wrong} of ${formatShape(this.shape)} has size ${this.shape[wrong]}, expected 1`, {
        op: 'squeeze',
      });
    return this.reshape(this.shape.filter((_, i) => !named.includes(i)));
  }

  /** A new axis of size 1 before axis `at`; −1 puts it last. */
  expandDims(at: number): T {
    const place = this.#axis('expandDims', at, this.rank + 1);
    return this.reshape(this.shape.toSpliced(place, 0, 1));
  }

  /** Repeats x along new leading axes and axes of size 1. */
  broadcastTo(shape: readonly number[]): T {
    return this.op('broadcast', [], { shape: checkArgument('broadcastTo', 'shape', shape, listOf(integer(0))) });
  }

  /**
   * A part of each axis, as NumPy's `x[1:3, ::2, -1]`: `x.slice([1, 3], [null, null, 2], -1)`.
   * Negative positions count from the end; ends past the axis are cut back; a negative step
   * reads backwards. A single position must exist.
   */
  slice(...ranges: readonly Range[]): T {
    if (ranges.length > this.rank) {
      throw new ShapeError(`slice: ${ranges.length} ranges for ${formatShape(this.shape)}, which has ${this.rank} axes`, { op: 'slice' });
    }
    const spans = this.shape.map((size, i) => span(ranges[i] ?? null, size, i, this.shape));
    const backwards = spans.flatMap((s, i) => (s.backwards ? [i] : []));
    const turned = backwards.length === 0 ? this.self : this.flip(backwards);
    const part = turned.op('slice', [], { begin: spans.map((s) => s.begin), end: spans.map((s) => s.end), step: spans.map((s) => s.step) });
    return spans.some((s) => s.drop) ? part.reshape(part.shape.filter((_, i) => !spans[i]!.drop)) : part;
  }

  /** Reads axes backwards: those named, or all. */
  flip(axes?: number | readonly number[]): T {
    const named = axes === undefined ? undefined : [axes].flat();
    if (named?.length === 0) return this.self;
    return this.op('flip', [], named === undefined ? {} : { axes: named });
  }

  /** `padding[i]` = elements before and after on axis i (one number: both sides). */
  pad(padding: readonly (number | readonly [before: number, after: number])[], options?: PadOptions): T {
    const { value } = checkOptions('pad', options, padRules);
    const pairs = checkArgument('pad', 'padding', padding, paddingRule).map((p) => (typeof p === 'number' ? [p, p] : p));
    return this.op('pad', [], { low: pairs.map((p) => p[0]!), high: pairs.map((p) => p[1]!), value });
  }

  /** Pieces along an axis: a count of equal ones, or their sizes. */
  split(pieces: number | readonly number[], along = 0): T[] {
    const at = this.#axis('split', along);
    const size = this.shape[at]!;
    checkArgument('split', 'pieces', pieces, pieceRule);
    const sizes = typeof pieces === 'number' ? Array<number>(pieces).fill(size / pieces) : pieces;
    if (!sizes.every(Number.isInteger) || sizes.reduce((a, b) => a + b, 0) !== size) {
      const wanted = typeof pieces === 'number' ? `${pieces} equal pieces` : `pieces of ${pieces.join(', ')}`;
      throw new ShapeError(`split: axis ${at} of ${formatShape(this.shape)} has size ${size}, which does not make ${wanted}`, {
        op: 'split',
      });
    }
    const before = this.shape.slice(0, at).map(() => null);
    let end = 0;
    return sizes.map((n) => {
      end += n;
      return this.slice(...before, [end - n, end]);
    });
  }

  /** @internal Position of an axis, or an error that names the range. */
  #axis(where: string, given: number, rank = this.rank): number {
    const at = checkArgument(where, 'axis', given, axis);
    if (at >= -rank && at < rank) return at < 0 ? at + rank : at;
    throw new ShapeError(`${where}: axis ${at} is not in ${formatShape(this.shape)}; expected ${-rank} to ${rank - 1}`, { op: where });
  }
}

interface Span {
  begin: number;
  end: number;
  step: number;
  backwards: boolean;
  drop: boolean;
}

/** One range as the core wants it: 0 ≤ begin ≤ end ≤ size, step ≥ 1, on an axis that may have been flipped. */
function span(range: Range, size: number, at: number, shape: readonly number[]): Span {
  if (typeof range === 'number') {
    const position = range < 0 ? range + size : range;
    if (Number.isInteger(range) && position >= 0 && position < size) {
      return { begin: position, end: position + 1, step: 1, backwards: false, drop: true };
    }
    throw new ShapeError(`slice: position ${range} is not in axis ${at} of ${formatShape(shape)}`, { op: 'slice' });
  }
  const [begin, end, step = 1] = checkArgument('slice', `range of axis ${at}`, range, rangeRule) ?? [null];
  if (!Number.isInteger(step) || step === 0)
    throw new OptionError(`slice: the step of axis ${at} must be a whole number other than 0, found ${step}`, { op: 'slice' });
  for (const p of [begin, end]) {
    if (p !== null && p !== undefined && !Number.isInteger(p))
      throw new OptionError(`slice: positions must be whole numbers, found ${p} on axis ${at}`, { op: 'slice' });
  }
  // A flipped axis is read forwards from size - 1 - begin to size - 1 - end.
  const clamp = (p: number) => Math.min(Math.max(p, 0), size);
  const place = (p: number) => (p < 0 ? p + size : p);
  const from = begin === null || begin === undefined ? 0 : clamp(step > 0 ? place(begin) : size - 1 - place(begin));
  const to = end === null || end === undefined ? size : clamp(step > 0 ? place(end) : size - 1 - place(end));
  return { begin: from, end: Math.max(from, to), step: Math.abs(step), backwards: step < 0, drop: false };
}
