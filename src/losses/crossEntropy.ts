import { formatType, OptionError, ShapeError } from '../errors.js';
import { checkOptions, integer, listOf, nonNegative, numberIn, optional, type Rules, withDefault } from '../options.js';
import { gather } from '../tensor/functional.js';
import { array, type NDArray } from '../tensor/ndarray.js';
import type { Tensor } from '../tensor/tensor.js';
import { softmaxCrossEntropy } from '../tensor/training.js';
import { type Loss, type LossOptions, lossOf, lossRules, matched, PROBABILITY, reduceLosses, type TargetRule } from './loss.js';

export interface CrossEntropyOptions extends LossOptions {
  /** ε: the target becomes (1 − ε) · target + ε / classes. Default 0. */
  readonly labelSmoothing?: number;
  /** One weight a class. */
  readonly classWeights?: readonly number[];
  /** Rows with this label have loss and gradient 0 and do not count in `mean`. Default: none. */
  readonly ignoreIndex?: number;
}

const rules = {
  ...lossRules,
  labelSmoothing: withDefault(numberIn(0, 1), 0),
  classWeights: optional(listOf(nonNegative())),
  ignoreIndex: optional(integer(-(2 ** 31), 2 ** 31 - 1)),
} satisfies Rules<CrossEntropyOptions>;

type Options = Omit<Required<CrossEntropyOptions>, 'classWeights' | 'ignoreIndex'> &
  Pick<CrossEntropyOptions, 'classWeights' | 'ignoreIndex'>;

const NAME = 'losses.crossEntropy';

/**
 * Cross-entropy of softmax(logits), classes c along the last axis, weights w of the classes:
 *
 * - labels y, a target of one rank less and any dtype, whole numbers:
 *   l = −(1 − ε) w[y] log p[y] − ε / C · Σ w[c] log p[c]. `mean` divides by the sum of w[y] over
 *   the rows that are not ignored.
 * - probabilities t, a target of the logits' shape: l = −Σ w[c] t'[c] log p[c] with
 *   t' = (1 − ε) t + ε / C. `mean` divides by the number of rows.
 *
 * `none` gives the losses in the logits' shape without the last axis. The model must end without
 * a softmax.
 */
export function crossEntropy(options?: CrossEntropyOptions): Loss {
  const checked: Options = checkOptions(NAME, options, rules);
  const { ignoreIndex, reduction } = checked;
  const loss = (prediction: Tensor, target: Tensor, weights?: Tensor): Tensor => {
    const perClass = weightsOfClasses(prediction, checked.classWeights);
    if (!holdsLabels(prediction, target)) {
      return reduceLosses(fromProbabilities(prediction, target, checked, perClass), weights, reduction);
    }
    const { losses, divisor } = fromLabels(prediction, target.cast('i32'), checked, perClass);
    return reduceLosses(losses, weights, reduction, divisor);
  };
  const targets = (prediction: Tensor, target: Tensor): TargetRule => {
    if (!holdsLabels(prediction, target)) return PROBABILITY;
    return { classes: prediction.shape.at(-1)!, ...(ignoreIndex !== undefined && { ignoreIndex }) };
  };
  return lossOf(NAME, loss, targets);
}

function holdsLabels(prediction: Tensor, target: Tensor): boolean {
  return target.rank === prediction.rank - 1;
}

function weightsOfClasses(prediction: Tensor, classWeights: readonly number[] | undefined): NDArray | undefined {
  const classes = prediction.shape.at(-1);
  if (classes === undefined) throw new ShapeError(`${NAME}: the prediction is a scalar, expected logits with classes along the last axis`);
  if (classWeights === undefined) return undefined;
  if (classWeights.length !== classes) {
    throw new OptionError(
      `${NAME}: classWeights has ${classWeights.length} numbers, but the logits ${formatType(prediction)} have ${classes} classes`,
    );
  }
  return array(classWeights, { dtype: prediction.dtype });
}

interface RowLosses {
  readonly losses: Tensor;
  /** What `mean` divides by; without it, the number of losses. */
  readonly divisor?: Tensor;
}

/** Losses of logits [rows, …, classes] and i32 labels [rows, …]. */
function fromLabels(logits: Tensor, labels: Tensor, { labelSmoothing, ignoreIndex }: Options, perClass: NDArray | undefined): RowLosses {
  const kept = ignoreIndex === undefined ? undefined : labels.notEqual(ignoreIndex);
  const weight = perClass && gather(perClass, kept ? kept.select(labels, 0) : labels);
  let losses = softmaxCrossEntropy(logits, labels, ignoreIndex);
  if (weight) losses = losses.mul(weight);
  if (labelSmoothing > 0) {
    const spread = spreadLoss(logits, perClass).mul(labelSmoothing / logits.shape.at(-1)!);
    losses = losses.mul(1 - labelSmoothing).add(kept ? kept.select(spread, 0) : spread);
  }
  const counted = weight && kept ? kept.select(weight, 0) : (weight ?? kept?.cast(logits.dtype));
  return { losses, ...(counted && { divisor: counted.sum() }) };
}

/** Losses of logits and probabilities, both [rows, …, classes]. */
function fromProbabilities(
  logits: Tensor,
  target: Tensor,
  { labelSmoothing, ignoreIndex }: Options,
  perClass: NDArray | undefined,
): Tensor {
  if (ignoreIndex !== undefined) {
    throw new OptionError(`${NAME}: ignoreIndex needs labels, but the target ${formatType(target)} holds probabilities`);
  }
  const probabilities = matched(NAME, logits, target);
  const smooth = labelSmoothing > 0 ? probabilities.mul(1 - labelSmoothing).add(labelSmoothing / logits.shape.at(-1)!) : probabilities;
  const each = logits.logSoftmax().mul(perClass ? smooth.mul(perClass) : smooth);
  return each.sum(-1).neg();
}

/** −Σ w[c] log p[c] of every row. */
function spreadLoss(logits: Tensor, perClass: NDArray | undefined): Tensor {
  const logs = logits.logSoftmax();
  return (perClass ? logs.mul(perClass) : logs).sum(-1).neg();
}
