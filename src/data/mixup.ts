/** Mixup (Zhang and others 2017): every row becomes a weighted mean of itself and another of its batch. */

import { DataError, describe } from '../errors.js';
import { array, NDArray } from '../tensor/ndarray.js';
import { mix } from './orders.js';
import { keyOf, Words } from './philox.js';
import type { Batch } from './row.js';
import { derived, type Source } from './source.js';

/** Gamma(shape, 1) for a shape of 1 or more (Marsaglia and Tsang 2000). */
function gamma(shape: number, words: Words): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = words.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - words.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Beta(alpha, alpha): of two gammas, below 1 by Jöhnk's method in logarithms, where neither underflows. */
export function beta(alpha: number, words: Words): number {
  if (alpha >= 1) {
    const a = gamma(alpha, words);
    return a / (a + gamma(alpha, words));
  }
  for (;;) {
    const a = Math.log(1 - words.uniform()) / alpha;
    const b = Math.log(1 - words.uniform()) / alpha;
    const greater = Math.max(a, b);
    const sum = greater + Math.log(Math.exp(a - greater) + Math.exp(b - greater));
    if (sum <= 0) return Math.exp(a - sum);
  }
}

export function mixedUp(inner: Source<Batch>, alpha: number, classes: number | undefined, seed: number): Source<Batch> {
  const label = `mixup(${alpha}${classes === undefined ? '' : `, ${classes} classes`}, seed ${seed})`;
  return derived(inner, label, async function* (epoch) {
    const key = keyOf(seed, 'data/mixup', epoch);
    let at = 0;
    for await (const batch of inner.read(epoch)) {
      const words = new Words(key, at);
      const share = beta(alpha, words);
      const partners = Int32Array.from({ length: batch.x.shape[0]! }, (_, i) => i);
      await mix(partners, words);
      const both = (name: string, values: NDArray) => new NDArray(floats(name, values).native.mix(partners, share));
      const { x, y, weights } = batch;
      if (batch.mask || batch.lengths)
        throw new DataError('dataset: mixup() cannot mix masks and lengths; leave them out', { op: 'dataset' });
      yield {
        x: both('x', x),
        ...(y && { y: both('y', classes === undefined ? y : oneHot(y, classes, at)) }),
        ...(weights && { weights: both('weights', weights) }),
      };
      at++;
    }
  });
}

/** Bytes may be mixed (pixels), whole numbers are labels. */
function floats(name: string, values: NDArray): NDArray {
  if (values.dtype === 'f32' || values.dtype === 'f64') return values;
  if (name === 'x' && values.dtype === 'u8') return values.cast('f32');
  const hint = name === 'y' ? '; give mixup() the number of classes, then labels become probabilities' : '';
  throw new DataError(`dataset: mixup() cannot mix ${name} of ${values.dtype}, expected f32 or f64${hint}`, { op: 'dataset' });
}

/** Labels [rows] as probabilities [rows, classes]. */
function oneHot(labels: NDArray, classes: number, batch: number): NDArray {
  if (labels.rank !== 1) {
    throw new DataError(`dataset: mixup() with classes needs one label a row, found y of the shape [${labels.shape.join(', ')}]`, {
      op: 'dataset',
    });
  }
  const data = new Float32Array(labels.size * classes);
  for (const [row, label] of labels.data.entries()) {
    if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new DataError(
        `dataset: mixup() found the label ${describe(label)} in row ${row} of batch ${batch}, expected a whole number from 0 to ${classes - 1}`,
        { op: 'dataset', row },
      );
    }
    data[row * classes + label] = 1;
  }
  return array(data, { shape: [labels.size, classes] });
}
