import { checkArgument, finite } from '../../options.js';
import { fill, type Initializer } from './initializer.js';

/** All 0. */
export function zeros(): Initializer {
  return (context) => fill(context, 0);
}

/** All 1. */
export function ones(): Initializer {
  return (context) => fill(context, 1);
}

/** One number everywhere. */
export function constant(value: number): Initializer {
  checkArgument('init.constant', 'value', value, finite());
  return (context) => fill(context, value);
}
