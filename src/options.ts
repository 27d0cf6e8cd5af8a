/**
 * One checker for the options of every public function. The rules of a function stand beside its
 * options' type and `satisfies Rules<…>` keeps the two alike:
 *
 *     const rules = { rate: numberIn(0, 1), seed: withDefault(integer(), 0) } satisfies Rules<DropoutOptions>;
 *     const { rate, seed } = checkOptions('nn.dropout', options, rules);
 */

import { describe, OptionError } from './errors.js';
import { suggestion } from './nearest.js';
import { isPlain } from './plain.js';

/** What a value must be. `expected` completes the sentence "expected …". */
export interface Rule<T> {
  readonly expected: string;
  accepts(value: unknown): boolean;
  /** Stands in for a missing value; without it the option is required. */
  readonly fallback?: { readonly value: T };
}

/** A rule for every option of `T`. */
export type Rules<T> = { readonly [K in keyof T]-?: Rule<T[K]> };

/** What the rules let through. */
export type Checked<R> = { readonly [K in keyof R]: R[K] extends Rule<infer T> ? T : never };

function rule<T>(expected: string, accepts: (value: unknown) => boolean): Rule<T> {
  return { expected, accepts };
}

const isNumber = (value: unknown): value is number => typeof value === 'number';

/** Any number but NaN and the infinities. */
export const finite = (): Rule<number> => rule('a finite number', Number.isFinite);

/** A finite number above 0. */
export const positive = (): Rule<number> => rule('a number above 0', (value) => Number.isFinite(value) && (value as number) > 0);

/** A finite number of 0 or more. */
export const nonNegative = (): Rule<number> => rule('a number of 0 or more', (value) => Number.isFinite(value) && (value as number) >= 0);

/** A number from `low` to `high`, both included unless `open` names an end. */
export const numberIn = (low: number, high: number, open?: 'low' | 'high' | 'both'): Rule<number> => {
  const openLow = open === 'low' || open === 'both';
  const openHigh = open === 'high' || open === 'both';
  const text = `a number ${openLow ? `above ${low}` : `from ${low}`} ${openHigh ? `and below ${high}` : `to ${high}`}`;
  return rule(text, (v) => isNumber(v) && (openLow ? v > low : v >= low) && (openHigh ? v < high : v <= high));
};

/** A whole number, exact in a double, from `low` to `high`. */
export const integer = (low = Number.MIN_SAFE_INTEGER, high = Number.MAX_SAFE_INTEGER): Rule<number> => {
  const above = low === Number.MIN_SAFE_INTEGER ? '' : ` of ${low} or more`;
  const text = high === Number.MAX_SAFE_INTEGER ? `a whole number${above}` : `a whole number from ${low} to ${high}`;
  return rule(text, (value) => Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high);
};

/** 1, 2, 3, … */
export const positiveInteger = (): Rule<number> => integer(1);

export const bool = (): Rule<boolean> => rule('true or false', (value) => typeof value === 'boolean');

export const text = (): Rule<string> => rule('a string', (value) => typeof value === 'string');

/** One of these names; an error names the nearest. */
export const oneOf = <const T extends string>(...names: readonly T[]): Rule<T> => ({
  expected: `one of ${names.map((name) => JSON.stringify(name)).join(', ')}`,
  accepts: (value) => typeof value === 'string' && (names as readonly string[]).includes(value),
});

// biome-ignore lint/complexity/noBannedTypes: any function, the caller states its type
export const callable = <T extends Function = (...args: never[]) => unknown>(): Rule<T> =>
  rule('a function', (value) => typeof value === 'function');

/** An instance of a class. */
export const instance = <T>(type: abstract new (...args: never[]) => T, expected: string): Rule<T> =>
  rule(expected, (value) => value instanceof type);

/** Dimensions: whole numbers of 0 or more. */
export const shape = (): Rule<readonly number[]> =>
  rule(
    'a shape, an array of whole numbers of 0 or more',
    (value) => Array.isArray(value) && value.every((d) => Number.isSafeInteger(d) && d >= 0),
  );

/** An array whose elements all pass. */
export const listOf = <T>(each: Rule<T>): Rule<readonly T[]> =>
  rule(`an array, each element ${each.expected}`, (value) => Array.isArray(value) && value.every((element) => each.accepts(element)));

/** Anything that passes one of the rules. */
export const either = <A, B>(a: Rule<A>, b: Rule<B>): Rule<A | B> =>
  rule(`${a.expected} or ${b.expected}`, (value) => a.accepts(value) || b.accepts(value));

/** A rule of one's own. */
export const custom = <T>(expected: string, accepts: (value: unknown) => boolean): Rule<T> => rule(expected, accepts);

/** May be missing. */
export const optional = <T>(inner: Rule<T>): Rule<T | undefined> => ({ ...inner, fallback: { value: undefined } });

/** May be missing; then it is `value`. */
export const withDefault = <T>(inner: Rule<T>, value: T): Rule<T> => ({ ...inner, fallback: { value } });

function fail(where: string, name: string, { expected }: Rule<unknown>, value: unknown): never {
  const found = describe(value);
  const names = expected.startsWith('one of') ? [...expected.matchAll(/"([^"]+)"/g)].map((match) => match[1]!) : [];
  const hint = typeof value === 'string' && names.length > 0 ? suggestion(value, names).replace(/; known.*/, '') : '';
  throw new OptionError(`${where}: ${name} must be ${expected}, found ${found}${hint}`, { op: where, expected, found });
}

/**
 * Checks an options object and fills in defaults. Throws `OptionError` that names the function,
 * the option, what was expected and what was found; for an unknown option, the nearest known one.
 */
export function checkOptions<const R extends Readonly<Record<string, Rule<unknown>>>>(
  where: string,
  options: unknown,
  rules: R,
): Checked<R> {
  const given = options === undefined ? {} : options;
  if (!isPlain(given)) {
    const hint = typeof given === 'object' && given !== null && !Array.isArray(given) ? `; call ${where}() first, it makes a function` : '';
    throw new OptionError(`${where}: options must be an object, found ${describe(given)}${hint}`, {
      op: where,
      expected: 'an object',
      found: describe(given),
    });
  }
  const known = Object.keys(rules);
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(rules, key)) continue;
    throw new OptionError(`${where}: unknown option ${JSON.stringify(key)}${suggestion(key, known)}`, {
      op: where,
      expected: known.join(', '),
      found: key,
    });
  }
  const checked: Record<string, unknown> = {};
  for (const key of known) checked[key] = checkArgument(where, key, (given as Record<string, unknown>)[key], rules[key]!);
  return checked as Checked<R>;
}

/** Checks one argument by the same rules. */
export function checkArgument<T>(where: string, name: string, value: unknown, check: Rule<T>): T {
  if (value === undefined && check.fallback) return check.fallback.value;
  if (value === undefined || !check.accepts(value)) fail(where, name, check, value);
  return value as T;
}
