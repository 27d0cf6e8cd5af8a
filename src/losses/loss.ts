import { formatShape, formatType, ShapeError } from '../errors.js';
import { oneOf, type Rules, withDefault } from '../options.js';
import { currentRegion } from '../tensor/region.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * What a loss or metric wants to be true of targets before a run reads them: labels that are whole
 * numbers from 0 to `classes` − 1 or `ignoreIndex`, or numbers between two ends.
 */
export type TargetRule = { readonly classes: number; readonly ignoreIndex?: number } | { readonly from: number; readonly to: number };

/** Of probabilities. */
export const PROBABILITY: TargetRule = { from: 0, to: 1 };

/**
 * A loss: any function of two symbolic tensors. What `fit` minimises must be a scalar. `weights`
 * is [rows], one number a row.
 */
export interface Loss {
  (prediction: Tensor, target: Tensor, weights?: Tensor): Tensor;
  /** What this loss accepts as targets of these types; undefined: all finite numbers. */
  readonly targets?: (prediction: Tensor, target: Tensor) => TargetRule | undefined;
}

export type Reduction = 'mean' | 'sum' | 'none';

export interface LossOptions {
  /** `mean` (default), `sum`, or `none`: the losses one by one. */
  readonly reduction?: Reduction;
}

export const lossRules = { reduction: withDefault(oneOf('mean', 'sum', 'none'), 'mean') } satisfies Rules<LossOptions>;

/** A loss under its name: what is no tensor and cannot become one is refused by that name. */
export function lossOf(name: string, loss: Loss, targets?: Loss['targets']): Loss {
  const checked: Loss = (prediction, target, weights) => {
    const region = currentRegion(`${name}()`);
    const tensorOf = (what: string, value: Tensor) => region.tensor(value, undefined, name, what);
    const along = weights === undefined ? undefined : tensorOf('sample weights', weights);
    return loss(tensorOf('prediction', prediction), tensorOf('target', target), along);
  };
  return targets ? Object.assign(checked, { targets }) : checked;
}

/**
 * Losses [rows, …] times `weights` [rows], reduced. The divisor of `mean` is the number of losses,
 * or what is given; sample weights do not enter it: sum(w · l) / divisor. Where a divisor that
 * comes from the data is 0 (every label is ignored), the mean is 0.
 */
export function reduceLosses(losses: Tensor, weights: Tensor | undefined, reduction: Reduction, divisor?: Tensor): Tensor {
  const each = weights === undefined ? losses : losses.mul(alongRows(weights, losses));
  if (reduction === 'none') return each;
  if (reduction === 'sum') return each.sum();
  if (divisor === undefined) return each.mean();
  return each.sum().div(divisor.equal(0).select(1, divisor));
}

/** `weights` [rows] as [rows, 1, …] beside a tensor [rows, …], in its dtype. */
export function alongRows(weights: Tensor, beside: Tensor): Tensor {
  if (weights.rank !== 1 || weights.shape[0] !== beside.shape[0]) {
    throw new ShapeError(`sample weights are ${formatType(weights)}; expected one number for each of the ${beside.shape[0]} rows`);
  }
  return weights.cast(beside.dtype).reshape([weights.shape[0]!, ...beside.shape.slice(1).map(() => 1)]);
}

/** The target in the prediction's dtype; both must have one shape, so that nothing broadcasts by accident. */
export function matched(where: string, prediction: Tensor, target: Tensor): Tensor {
  const { shape } = prediction;
  if (shape.length !== target.rank || shape.some((d, i) => d !== target.shape[i])) {
    const hint = shapeHint(shape, target.shape);
    throw new ShapeError(
      `${where}: the prediction is ${formatType(prediction)} and the target ${formatType(target)}, expected one shape${hint}`,
      {
        op: where,
        inputs: `${formatType(prediction)}, ${formatType(target)}`,
      },
    );
  }
  return target.dtype === prediction.dtype ? target : target.cast(prediction.dtype);
}

function shapeHint(prediction: readonly number[], target: readonly number[]): string {
  if (target.length === prediction.length - 1 && prediction.at(-1) === 1) return '; give the target a last axis of size 1';
  const labels = target.length === prediction.length && target.at(-1) === 1;
  return labels ? `; labels have one axis less: ${formatShape(target.slice(0, -1))}` : '';
}
