/** Arrays as NumPy prints them. */

import type { DType, TypedArray } from '../native/binding.js';

interface Printable {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly size: number;
  readonly data: TypedArray;
}

/** Longer arrays show only the ends of each axis. */
const FULL = 1000;
const EDGE = 3;
const DIGITS = 6;

export function printArray({ data, shape, size, dtype }: Printable): string {
  const shorten = size > FULL;
  const picked = shape.map((d) => (shorten && d > 2 * EDGE ? [0, 1, 2, -1, d - 3, d - 2, d - 1] : Array.from({ length: d }, (_, i) => i)));
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, d) => product * d, 1));
  const texts: string[] = [];
  const collect = (axis: number, at: number): void => {
    if (axis === shape.length) texts.push(format(data[at]!, dtype));
    else for (const i of picked[axis]!) if (i >= 0) collect(axis + 1, at + i * strides[axis]!);
  };
  collect(0, 0);
  const [whole, fraction] = widths(texts);
  let next = 0;
  const rows = (axis: number): string => {
    if (axis === shape.length) return align(texts[next++]!, whole, fraction);
    const parts = picked[axis]!.map((i) => (i < 0 ? '...' : rows(axis + 1)));
    const inner = shape.length - axis - 1;
    const separator = inner === 0 ? ', ' : `,${'\n'.repeat(inner)}${' '.repeat(axis + 1)}`;
    return `[${parts.join(separator)}]`;
  };
  return rows(0);
}

function format(value: number, dtype: DType): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true';
  if (Object.is(value, -0)) return '-0';
  return String(Number.isInteger(value) && Math.abs(value) < 1e9 ? value : Number(value.toPrecision(DIGITS)));
}

/** Most characters before and after the decimal point. */
function widths(texts: readonly string[]): [number, number] {
  let [whole, fraction] = [0, 0];
  for (const text of texts) {
    const point = text.indexOf('.');
    whole = Math.max(whole, point < 0 ? text.length : point);
    fraction = Math.max(fraction, point < 0 ? 0 : text.length - point);
  }
  return [whole, fraction];
}

function align(text: string, whole: number, fraction: number): string {
  const point = text.indexOf('.');
  const before = point < 0 ? text.length : point;
  return `${' '.repeat(whole - before)}${text}${' '.repeat(fraction - (text.length - before))}`;
}
