import { checkArgument, finite, nonNegative } from '../../options.js';
import { immediate } from '../../tensor/immediate.js';
import type { Tensor } from '../../tensor/tensor.js';
import { drawNormal, drawUniform, type Initializer, keyOf, requireRange } from './initializer.js';

/** Uniform in [low, high). Default ±0.05. */
export function uniform(low = -0.05, high = 0.05): Initializer {
  checkArgument('init.uniform', 'low', low, finite());
  checkArgument('init.uniform', 'high', high, finite());
  requireRange('init.uniform', low, high);
  return (context) => drawUniform(context, low, high);
}

/** Normal by mean and standard deviation. Default 0 and 0.05. */
export function normal(mean = 0, deviation = 0.05): Initializer {
  checkArgument('init.normal', 'mean', mean, finite());
  checkArgument('init.normal', 'deviation', deviation, nonNegative());
  return (context) => drawNormal(context, mean, deviation);
}

/** erf(√2): the share of a normal distribution that lies within two deviations. */
const WITHIN_TWO = 0.9544997361036416;

/** Standard deviation of a standard normal cut at ±2. */
export const TRUNCATED_DEVIATION = 0.8796256610342398;

/**
 * Normal, but never more than two deviations from the mean, as if redrawn outside. `deviation`
 * is that of the whole normal; what is drawn has 0.87962566 of it. Default 0 and 0.05.
 */
export function truncatedNormal(mean = 0, deviation = 0.05): Initializer {
  checkArgument('init.truncatedNormal', 'mean', mean, finite());
  checkArgument('init.truncatedNormal', 'deviation', deviation, nonNegative());
  return (context) =>
    immediate('truncatedNormal', ({ root }) => {
      const { dtype, shape } = context;
      const attrs = { key: keyOf(context), shape, low: -WITHIN_TWO, high: WITHIN_TWO, dtype };
      const u = root.emit('randomUniform', [root.tensor(0, 'i32')], attrs);
      return inverseErf(u)
        .mul(Math.SQRT2 * deviation)
        .add(mean)
        .clip(mean - 2 * deviation, mean + 2 * deviation);
    });
}

/** Giles 2010, "Approximating the erfinv function", for |x| below 0.996; relative error 4e-7. */
function inverseErf(x: Tensor): Tensor {
  const coefficients = [
    2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
  ];
  const w = x.neg().mul(x).log1p().neg().sub(2.5);
  const [first, ...rest] = coefficients;
  return rest.reduce((polynomial, c) => polynomial.mul(w).add(c), w.mul(0).add(first!)).mul(x);
}
