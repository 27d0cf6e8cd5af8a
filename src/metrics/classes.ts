/** What metrics of classes share: predictions are scores with classes along the last axis. */

import { formatType, ShapeError } from '../errors.js';
import type { TargetRule } from '../losses/loss.js';
import type { Tensor } from '../tensor/tensor.js';

/** i32 classes of a target: labels of one rank less than the prediction, or scores of its shape, whose first greatest counts. */
export function targetClasses(where: string, prediction: Tensor, target: Tensor): Tensor {
  const { shape } = prediction;
  const leading = shape.slice(0, -1);
  if (prediction.rank < 2 || shape.at(-1) === 1) {
    const hint = shape.at(-1) === 1 || prediction.rank === 1 ? '; metrics.binaryAccuracy() is for a single score' : '';
    throw new ShapeError(
      `${where}: the prediction is ${formatType(prediction)}, expected scores [rows, …, classes] of two classes or more${hint}`,
      { op: where },
    );
  }
  const fits = (wanted: readonly number[]) => target.rank === wanted.length && wanted.every((d, i) => d === target.shape[i]);
  if (fits(leading)) return target.cast('i32');
  if (fits(shape)) return target.argmax(-1);
  throw new ShapeError(
    `${where}: the prediction is ${formatType(prediction)} and the target ${formatType(target)}; expected labels [${leading.join(', ')}] or scores of the prediction's shape`,
    { op: where },
  );
}

/** Labels from 0 to the number of classes − 1, if the target holds labels. */
export function classLabels(prediction: Tensor, target: Tensor): TargetRule | undefined {
  return target.rank === prediction.rank - 1 ? { classes: prediction.shape.at(-1)! } : undefined;
}
