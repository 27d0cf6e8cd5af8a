import { checkArgument, positive } from '../../options.js';
import { draw, type Initializer } from './initializer.js';

/**
 * An orthogonal matrix times `gain`: the shorter of rows and columns is orthonormal, and all such
 * matrices are equally likely. Saxe et al. 2013. More than two axes count as
 * `[all but the last, last]`. Default gain 1.
 */
export function orthogonal(gain = 1): Initializer {
  checkArgument('init.orthogonal', 'gain', gain, positive());
  return (context) => draw('orthogonal', context, gain, 0);
}
