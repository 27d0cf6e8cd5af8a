import { checkArgument, finite, nonNegative } from '../../options.js';
import { draw, type Initializer, requireRange } from './initializer.js';

/** Uniform in [low, high). Default ±0.05. */
export function uniform(low = -0.05, high = 0.05): Initializer {
  checkArgument('init.uniform', 'low', low, finite());
  checkArgument('init.uniform', 'high', high, finite());
  requireRange('init.uniform', low, high);
  return (context) => draw('uniform', context, low, high);
}

/** Normal by mean and standard deviation. Default 0 and 0.05. */
export function normal(mean = 0, deviation = 0.05): Initializer {
  checkArgument('init.normal', 'mean', mean, finite());
  checkArgument('init.normal', 'deviation', deviation, nonNegative());
  return (context) => draw('normal', context, mean, deviation);
}

/** Standard deviation of a standard normal cut at ±2. */
export const TRUNCATED_DEVIATION = 0.8796256610342398;

/**
 * Normal, but never more than two deviations from the mean, as if redrawn outside. `deviation`
 * is that of the whole normal; what is drawn has 0.87962566 of it. Default 0 and 0.05.
 */
export function truncatedNormal(mean = 0, deviation = 0.05): Initializer {
  checkArgument('init.truncatedNormal', 'mean', mean, finite());
  checkArgument('init.truncatedNormal', 'deviation', deviation, nonNegative());
  return (context) => draw('truncatedNormal', context, mean, deviation);
}
