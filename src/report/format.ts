/** Numbers as people read them. */

import { grouped } from '../grouped.js';

const MINUS = '\u2212';
/** A space that does not break. */
const SPACE = '\u00a0';

/** 12,345 */
export const whole = (n: number): string => (Number.isFinite(n) ? grouped(n).replace('-', MINUS) : special(n));

function special(x: number): string {
  return Number.isNaN(x) ? 'NaN' : x > 0 ? '∞' : `${MINUS}∞`;
}

/** About four digits: 0.07312, 12.3, 1.2e−7. */
export function number(x: number, digits = 4): string {
  if (!Number.isFinite(x)) return special(x);
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e-4 && size < 1e6) return trimmed(x.toPrecision(digits)).replace('-', MINUS);
  const [mantissa, exponent] = x.toExponential(Math.min(digits, 3) - 1).split('e') as [string, string];
  return `${trimmed(mantissa)}e${Number(exponent)}`.replaceAll('-', MINUS);
}

/** Without zeros after the point; 1.234e+5 as 123400. */
function trimmed(text: string): string {
  const plain = text.includes('e') ? String(Number(text)) : text;
  return plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain;
}

/** 95.7 % */
export const percent = (share: number, digits = 1): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(digits)}${SPACE}%` : special(share);

/** From 0 to 1, with the digits that areas under curves differ in. */
export const area = (x: number): string => (Number.isFinite(x) ? x.toFixed(4) : special(x));

/** Names whose values are read as shares. */
const SHARES = /accuracy|topK/i;

/** A value under its metric's name. */
export const score = (name: string, value: number): string =>
  SHARES.test(name) && value >= 0 && value <= 1 ? percent(value, 2) : number(value);

const UNITS = [
  { seconds: 86_400, name: 'd' },
  { seconds: 3600, name: 'h' },
  { seconds: 60, name: 'min' },
  { seconds: 1, name: 's' },
];

/** 0.42 s, 12.3 s, 3 min 5 s, 2 h 4 min: the two greatest units. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return special(Number.NaN);
  if (seconds < 60) return `${Number(seconds.toPrecision(3))}${SPACE}s`;
  const first = UNITS.findIndex((unit) => Math.round(seconds) >= unit.seconds);
  const [large, small] = [UNITS[first]!, UNITS[first + 1]!];
  const parts = Math.round(seconds / small.seconds);
  const per = large.seconds / small.seconds;
  const rest = parts % per;
  const great = `${whole(Math.floor(parts / per))}${SPACE}${large.name}`;
  return rest === 0 ? great : `${great} ${rest}${SPACE}${small.name}`;
}

/** 2026-11-25 22:14 UTC; what is no date, as it is. */
export function date(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `a`, `a and b`, `a, b and c` */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

export const plural = (n: number, one: string, many = `${one}s`): string => `${whole(n)} ${n === 1 ? one : many}`;

/** `validation.topK` → `top k`: names of code as words, for headings. */
export function words(name: string): string {
  const spaced = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_.]+/g, ' ')
    .trim();
  return /[A-Z]{2}/.test(spaced) ? spaced : spaced.toLowerCase();
}

/** The first letter large. */
export const title = (name: string): string => {
  const text = words(name);
  return text === '' ? name : text[0]!.toUpperCase() + text.slice(1);
};
