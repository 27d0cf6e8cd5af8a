/** Where a value stands on an axis, and what is written beside it. */

import { grouped } from '../../grouped.js';
import { number } from '../format.js';

export interface Tick {
  readonly value: number;
  readonly label: string;
}

export interface Scale {
  readonly log: boolean;
  /** 0 at the axis' beginning, 1 at its end. */
  at(value: number): number;
  readonly ticks: readonly Tick[];
}

/** Doubles whose differences and products with small numbers stay finite. */
const LIMIT = 1e300;
/** A span below this share of the values is rounding. */
const NOTHING = 1e-12;

export function extent(lists: Iterable<Iterable<number>>): [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of lists) {
    for (const value of list) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [Math.max(low, -LIMIT), Math.min(high, LIMIT)] : undefined;
}

/** 1, 2 or 5 times a power of ten, so that about `count` of them fill the span. */
function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = rough / power;
  return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

const decimalsOf = (step: number): number => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

function labelOf(value: number, step: number): string {
  const size = Math.abs(value);
  const decimals = decimalsOf(step);
  if (value !== 0 && (size >= 1e7 || decimals > 5)) return number(value, 3);
  return grouped(value, decimals).replace('-', '\u2212');
}

/** A level value needs an axis around it. */
function widened(low: number, high: number): [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low > NOTHING * size && high - low > 1e-290) return [low, high];
  if (size < 1e-290) return [0, 1];
  return [low - size / 10, high + size / 10];
}

export interface AxisOptions {
  /** Ticks to aim at. Default 5. */
  readonly count?: number;
  /** Ends at ticks instead of at the data. Default true. */
  readonly nice?: boolean;
  /** Ticks at whole numbers only. Default false. */
  readonly whole?: boolean;
}

export function linear([first, last]: readonly [number, number], { count = 5, nice = true, whole = false }: AxisOptions = {}): Scale {
  const [low, high] = widened(first, last);
  const step = whole ? Math.max(1, niceStep(high - low, count)) : niceStep(high - low, count);
  const [begin, end] = nice ? [Math.floor(low / step), Math.ceil(high / step)] : [Math.ceil(low / step), Math.floor(high / step)];
  const ticks = Array.from({ length: Math.max(0, end - begin) + 1 }, (_, i) => (begin + i) * step);
  const [from, to] = nice ? [ticks[0]!, ticks.at(-1)!] : [low, high];
  return {
    log: false,
    at: (value) => (Math.min(Math.max(value, -LIMIT), LIMIT) - from) / (to - from),
    ticks: ticks.filter((value) => value >= from && value <= to).map((value) => ({ value, label: labelOf(value, step) })),
  };
}

/** Ticks of a logarithmic axis, about. */
const DECADES = 5;

/** For values above 0. */
function logarithmic([first, last]: readonly [number, number]): Scale {
  const power = (value: number) => Math.log10(Math.min(Math.max(value, 1 / LIMIT), LIMIT));
  const [low, high] = [power(first), power(last)];
  const decades = Math.max(1, Math.ceil((high - low) / DECADES));
  const [from, to] = [Math.floor(low + 1e-9), Math.max(Math.ceil(high - 1e-9), Math.floor(low + 1e-9) + 1)];
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((n) => (n - from) % decades === 0);
  return {
    log: true,
    at: (value) => (power(value) - from) / (to - from),
    ticks: powers.map((n) => ({ value: Number(`1e${n}`), label: number(Number(`1e${n}`), 1) })),
  };
}

/** Values further apart than this are drawn on a logarithmic axis. */
const SPREAD = 100;

/** Logarithmic where all values are above 0 and span decades. */
export function scaleFor(values: readonly (readonly number[])[]): Scale | undefined {
  const ends = extent(values);
  if (!ends) return undefined;
  const [low, high] = ends;
  return low > 0 && high / low >= SPREAD ? logarithmic(ends) : linear(ends);
}
