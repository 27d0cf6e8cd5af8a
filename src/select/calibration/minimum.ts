/** The least value of a convex function of one positive number. */

/** Slope and curvature of the function. */
export interface Derivatives {
  readonly first: number;
  readonly second: number;
}

export interface Minimum {
  readonly at: number;
  /** The function falls on beyond the end of the interval. */
  readonly bounded: boolean;
}

const MOST_STEPS = 200;
/** Steps below this share of the place end the search. */
const SETTLED = 4 * Number.EPSILON;

/**
 * Where the slope is 0 between two positive ends, from 1: Newton's method kept inside the interval
 * in which the slope changes its sign, with halvings of its logarithm where a step leaves it.
 */
export async function minimise(derivatives: (at: number) => Promise<Derivatives>, low: number, high: number): Promise<Minimum> {
  let at = 1;
  let here = await derivatives(at);
  if (here.first === 0) return { at, bounded: false };
  const end = here.first > 0 ? low : high;
  const { first: slope } = await derivatives(end);
  if (slope !== 0 && slope > 0 === here.first > 0) return { at: end, bounded: true };
  let [below, above] = here.first > 0 ? [low, at] : [at, high];
  for (let step = 0; step < MOST_STEPS && here.first !== 0; step++) {
    const newton = at - here.first / here.second;
    const next = newton > below && newton < above ? newton : Math.sqrt(below * above);
    if (Math.abs(next - at) <= SETTLED * at) break;
    at = next;
    here = await derivatives(at);
    if (here.first > 0) above = at;
    else below = at;
  }
  return { at, bounded: false };
}
