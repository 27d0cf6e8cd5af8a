import { checkArgument, positive } from '../../options.js';
import { sizeOf } from '../../tensor/dtype.js';
import { immediate } from '../../tensor/immediate.js';
import { scan } from '../../tensor/scan.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Initializer, keyOf } from './initializer.js';

/**
 * An orthogonal matrix times `gain`: the shorter of rows and columns is orthonormal. Saxe et al.
 * 2013. From a normal matrix by Gram and Schmidt, which is its QR factor with a positive diagonal
 * of R, so that all orthogonal matrices are equally likely. More than two axes count as
 * `[all but the last, last]`. Default gain 1.
 */
export function orthogonal(gain = 1): Initializer {
  checkArgument('init.orthogonal', 'gain', gain, positive());
  return (context) => {
    const { dtype, shape } = context;
    const columns = shape.at(-1) ?? 1;
    const rows = sizeOf(shape.slice(0, -1));
    const [short, long] = [Math.min(rows, columns), Math.max(rows, columns)];
    return immediate('orthogonal', ({ root }) => {
      const attrs = { key: keyOf(context), shape: [short, long], mean: 0, deviation: 1, dtype };
      const basis = orthonormal(root.emit('randomNormal', [root.tensor(0, 'i32')], attrs)).mul(gain);
      return (rows >= columns ? basis.transpose() : basis).reshape(shape);
    });
  };
}

/** The rows of `a` made orthonormal, one after the other. */
function orthonormal(a: Tensor): Tensor {
  const [count, length] = a.shape as [number, number];
  const place = a.owner.emit('iota', [], { shape: [count, 1], axis: 0, dtype: 'i32' });
  const index = a.owner.emit('iota', [], { shape: [count], axis: 0, dtype: 'i32' });
  const [basis] = scan(
    (found, { row, i }) => {
      const next = normalized(without(without(row.reshape([1, length]), found), found));
      return [place.equal(i).select(next, found), undefined];
    },
    a.mul(0),
    { row: a, i: index },
  );
  return basis;
}

/** x less its part in the span of orthonormal rows (rows not found yet are 0). Twice is enough: Giraud et al. 2005. */
function without(x: Tensor, found: Tensor): Tensor {
  return x.sub(x.matmul(found, { transposeB: true }).matmul(found));
}

function normalized(x: Tensor): Tensor {
  return x.div(x.norm());
}
