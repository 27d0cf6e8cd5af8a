/** The normal distribution, for single numbers. */

const TAIL = 3;
const FRACTIONS = 100;

/** P(X ≤ x). A series (Marsaglia 2004) near 0, Laplace's continued fraction in the tails. */
export function normalCdf(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (Math.abs(x) > TAIL) {
    let fraction = Math.abs(x);
    for (let k = FRACTIONS; k > 0; k--) fraction = Math.abs(x) + k / fraction;
    return x < 0 ? density / fraction : 1 - density / fraction;
  }
  let [sum, term] = [x, x];
  for (let k = 3; Math.abs(term) > Number.EPSILON * Math.abs(sum) * 1e-3; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return 0.5 + density * sum;
}

/** The x with P(X ≤ x) = p, by halving the interval. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  let [low, high] = [-40, 0];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
}
