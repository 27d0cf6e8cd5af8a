/** Gradients inside a trace. */

import { DTypeError, formatType, ShapeError, StateError } from '../errors.js';
import { isFloat } from './dtype.js';
import type { Readable } from './methods/base.js';
import { NDArray } from './ndarray.js';
import { currentRegion } from './region.js';
import { Tensor } from './tensor.js';
import { flatten } from './tree.js';

/** Tensors and variables, alone or nested in arrays, objects and maps. */
export type GradTarget =
  | Tensor
  | Readable<Tensor>
  | readonly GradTarget[]
  | ReadonlyMap<unknown, GradTarget>
  | { readonly [key: string]: GradTarget };

/** The gradients in the nesting of the targets. */
export type GradOf<X> = X extends Tensor | Readable<Tensor>
  ? Tensor
  : X extends ReadonlyMap<infer K, infer V>
    ? Map<K, GradOf<V>>
    : { -readonly [K in keyof X]: GradOf<X[K]> };

/**
 * The gradient of a scalar with respect to tensors, variables or parameters, as tensors of the
 * same trace: they can be used like any other, and differentiated again. A target that the loss
 * does not depend on gets zeros. For a variable it is the gradient with respect to its latest
 * version.
 *
 *     const { w, b } = grad(loss, { w: model.weight, b: model.bias });
 *     const all = grad(loss, model.parameters()); // a Map by path
 *
 * Throws `ShapeError` if `loss` is not a scalar (reduce it with `mean()` or `sum()`), `DTypeError`
 * for targets that are not floats.
 */
export function grad<const X extends GradTarget>(loss: Tensor, targets: X): GradOf<X> {
  return gradients(loss, targets) as never;
}

/** The loss and its gradients: `const [loss, dw] = valueAndGrad(x.matmul(w).mean(), w)`. */
export function valueAndGrad<const X extends GradTarget>(loss: Tensor, targets: X): [Tensor, GradOf<X>] {
  return [loss, gradients(loss, targets) as never];
}

function gradients(loss: Tensor, targets: unknown): unknown {
  const region = currentRegion('grad()');
  if (!(loss instanceof Tensor)) throw new DTypeError('grad: the first argument must be a tensor, the loss', { op: 'grad' });
  if (loss.rank !== 0) {
    throw new ShapeError(`grad: the loss must be a scalar, found ${formatType(loss)}: reduce it with mean() or sum()`, {
      op: 'grad',
      expected: 'a scalar',
      found: formatType(loss),
    });
  }
  if (!isFloat(loss.dtype)) throw new DTypeError(`grad: the loss must be f32 or f64, found ${loss.dtype}`, { op: 'grad' });
  const { leaves, paths, structure } = flatten(targets);
  const xs = leaves.map((leaf, i) => asTarget(leaf, paths[i]!));
  return structure.build(region.gradient(loss, xs));
}

function asTarget(leaf: unknown, path: string): Tensor {
  const where = path === '' ? 'the target' : `target ${path}`;
  if (leaf instanceof NDArray || typeof leaf !== 'object' || leaf === null || !(leaf instanceof Tensor || 'read' in leaf)) {
    throw new StateError(`grad: ${where} is neither a tensor of this trace nor a variable; constants have no gradient`, { op: 'grad' });
  }
  const tensor = leaf instanceof Tensor ? leaf : (leaf as Readable<Tensor>).read();
  if (!isFloat(tensor.dtype)) throw new DTypeError(`grad: ${where} is ${tensor.dtype}; only f32 and f64 have gradients`, { op: 'grad' });
  return tensor;
}
