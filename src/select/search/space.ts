/** What a random search draws hyper-parameters from. */

import { OptionError } from '../../errors.js';
import { addon } from '../../native/addon.js';
import { checkArgument, custom, finite, integer as integerRule, positive } from '../../options.js';

/** Makes a value of a number in [0, 1). */
export class Distribution<V> {
  /** @internal Made by `uniform`, `logUniform`, `integer`, `choice`. */
  constructor(
    readonly name: string,
    /** @internal */
    readonly at: (u: number) => V,
  ) {}
}

/** Any number from `low` up to `high`. */
export function uniform(low: number, high: number): Distribution<number> {
  const [a, b] = ends('space.uniform', low, high, finite());
  return new Distribution(`uniform(${a}, ${b})`, (u) => Math.min(a + u * (b - a), b));
}

/** Any number from `low` up to `high`, both above 0; its logarithm is uniform. For rates. */
export function logUniform(low: number, high: number): Distribution<number> {
  const [a, b] = ends('space.logUniform', low, high, positive());
  return new Distribution(`logUniform(${a}, ${b})`, (u) => Math.min(Math.max(a * (b / a) ** u, a), b));
}

/** A whole number from `low` to `high`, both included. */
export function integer(low: number, high: number): Distribution<number> {
  const [a, b] = ends('space.integer', low, high, integerRule());
  return new Distribution(`integer(${a}, ${b})`, (u) => Math.min(a + Math.floor(u * (b - a + 1)), b));
}

/** One of the values. */
export function choice<const V>(...values: readonly V[]): Distribution<V> {
  if (values.length === 0) throw new OptionError('space.choice: expected one value or more', { op: 'space.choice' });
  return new Distribution(`choice of ${values.length}`, (u) => values[Math.floor(u * values.length)]!);
}

function ends(where: string, low: number, high: number, rule: ReturnType<typeof finite>): [number, number] {
  checkArgument(where, 'low', low, rule);
  checkArgument(where, 'high', high, rule);
  if (low > high) throw new OptionError(`${where}: low must not be above high, found ${low} and ${high}`, { op: where });
  return [low, high];
}

/** Distributions, or values that stay the same, by the names of hyper-parameters. */
export type Space = Readonly<Record<string, unknown>>;

/** What a space draws. */
export type Drawn<S extends Space> = { readonly [K in keyof S]: S[K] extends Distribution<infer V> ? V : S[K] };

/** The n-th draw from a space. Each name has draws of its own: another one beside it changes none. */
export function drawFrom(space: Space, seed: number, n: number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(space).map(([name, from]) => {
      if (!(from instanceof Distribution)) return [name, from];
      const key = addon.randomKey(seed, `search.${name}`, n);
      return [name, from.at(addon.random('uniform', key, 'f64', [1], 0, 1).read()[0]!)];
    }),
  );
}

/** Every combination of the lists of a grid, the last name varying fastest. */
export function combinations(grid: Readonly<Record<string, readonly unknown[]>>): Readonly<Record<string, unknown>>[] {
  return Object.entries(grid).reduce<Readonly<Record<string, unknown>>[]>(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

/** For options. */
export const gridRule = () =>
  custom<Readonly<Record<string, readonly unknown[]>>>(
    'an object of lists, one or more values a name',
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.keys(value).length > 0 &&
      Object.values(value).every((list) => Array.isArray(list) && list.length > 0),
  );
