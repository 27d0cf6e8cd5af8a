import { Dataset } from '../data/dataset.js';
import { DTypeError, formatType, OptionError, ShapeError } from '../errors.js';
import { type Loss, matched, type TargetRule } from '../losses/loss.js';
import { targetClasses } from '../metrics/classes.js';
import type { Metric } from '../metrics/metric.js';
import type { Model } from '../nn/module.js';
import { bool, checkOptions, instance, optional, positiveInteger, type Rules, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import { isFloat } from '../tensor/dtype.js';
import { concat, zeros } from '../tensor/functional.js';
import type { NDArray } from '../tensor/ndarray.js';
import { Tensor } from '../tensor/tensor.js';
import { evaluate } from '../train/evaluate.js';
import { nestedOf } from '../train/input.js';
import { checkModel, lossRule } from '../train/options.js';
import { located } from '../train/plan.js';
import { type PredictOptions, predict } from '../train/predict.js';
import { takeRows } from '../train/takeRows.js';
import { greatest } from './greatest.js';
import { allOf, batchesOf, type Part, rowSet, type SelectData } from './rowSet.js';

export interface WorstExamplesOptions {
  /** With `reduction: 'none'`, so that every row has its own. */
  readonly loss: Loss;
  /** How many. Default 10. */
  readonly count?: number;
  /** The predictions are logits, for `confidence`; false: probabilities. Default true. */
  readonly logits?: boolean;
  /** Rows that are computed at once. Default 256; a dataset of batches has its own. */
  readonly batchSize?: number;
  /** Stops: rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A row of the data and what the model makes of it. */
export interface Example {
  /** Its place in the data, from 0. */
  readonly row: number;
  /** Mean over the row's losses, if it has several. */
  readonly loss: number;
  /** [1, …] */
  readonly x: NDArray;
  readonly target: NDArray;
  readonly prediction: NDArray;
}

/** A row of a classifier that is wrong. */
export interface WrongExample extends Example {
  readonly predicted: number;
  readonly label: number;
  /** Probability of the class that was predicted. */
  readonly confidence: number;
}

export interface WorstExamples {
  /** The rows with the greatest loss, in falling order; of equal ones the first row comes first. */
  readonly worst: readonly Example[];
  /** The wrong rows of which the model is most sure; empty unless it is a classifier. */
  readonly mostConfidentlyWrong: readonly WrongExample[];
  /** Of all rows, in their order. */
  readonly losses: Float64Array;
}

const rules = {
  loss: lossRule(),
  count: withDefault(positiveInteger(), 10),
  logits: withDefault(bool(), true),
  batchSize: optional(positiveInteger()),
  signal: optional(instance(AbortSignal, 'an AbortSignal')),
} satisfies Rules<WorstExamplesOptions>;

/** What the pass over all rows leaves. */
interface Rows {
  readonly losses: Float64Array;
  /** For classifiers. */
  readonly classes: { readonly predicted: Float64Array; readonly label: Float64Array; readonly confidence: Float64Array } | undefined;
}

/**
 * The error browser: the rows with the greatest loss, and those of which a classifier is most sure
 * and wrong. Wrong labels, broken inputs and rare cases are found among them.
 *
 *     const { worst } = await worstExamples(model, { x, y }, { loss: losses.crossEntropy({ reduction: 'none' }) });
 *     worst[0]!.row
 *
 * Exact over all rows, in batches, off the JavaScript thread. A classifier gives scores
 * [rows, classes] with labels [rows] or scores of the same shape, or a single score a row, and has a
 * loss that says so: crossEntropy, binaryCrossEntropy, or one with `targets`. Rejects
 * as `evaluate` does.
 */
export async function worstExamples(model: Model, data: SelectData, options: WorstExamplesOptions): Promise<WorstExamples> {
  const site = callSite();
  try {
    const { loss, count, logits, batchSize, signal } = checkOptions('worstExamples', options, rules);
    const nested = nestedOf(checkModel('worstExamples', model));
    const set = await rowSet('worstExamples', 'data', data, { sampleWeights: undefined, nested });
    const part = await set.part(allOf(set));
    const reading = { ...(batchSize !== undefined && { batchSize }), ...(signal && { signal }) };
    const { rows } = (await evaluate(model, part.measuring, { metrics: [eachRow(loss, logits)], ...reading })) as { rows: Rows };
    const { losses, classes } = rows;
    const wrong = classes ? (row: number) => classes.predicted[row] !== classes.label[row] : () => false;
    const worst = greatest(losses, count, () => true);
    const sure = classes ? greatest(classes.confidence, count, wrong) : new Int32Array(0);
    const chosen = Int32Array.from(new Set([...worst, ...sure])).sort();
    const seen = await look(model, part, chosen, reading);
    const example = (row: number): Example => ({ row, loss: losses[row]!, ...seen.get(row)! });
    return {
      worst: Array.from(worst, example),
      mostConfidentlyWrong: Array.from(sure, (row) => {
        const { predicted, label, confidence } = classes!;
        return { ...example(row), predicted: predicted[row]!, label: label[row]!, confidence: confidence[row]! };
      }),
      losses,
    };
  } catch (error) {
    throw located(error, site);
  }
}

/** Chosen rows as the batches have them: of sequences as they were filled up, of random maps as they were drawn. */
async function look(
  model: Model,
  part: Part,
  chosen: Int32Array,
  reading: PredictOptions,
): Promise<Map<number, Pick<Example, 'x' | 'target' | 'prediction'>>> {
  const { batchSize: _, ...rest } = reading;
  const options = part.measuring instanceof Dataset ? rest : reading;
  const seen = new Map<number, Pick<Example, 'x' | 'target' | 'prediction'>>();
  let first = 0;
  for await (const batch of batchesOf('worstExamples', part)) {
    reading.signal?.throwIfAborted();
    const end = first + batch.x.shape[0]!;
    const here = chosen.filter((row) => row >= first && row < end);
    if (here.length > 0) {
      const places = here.map((row) => row - first);
      const [x, target] = await Promise.all([takeRows(batch.x, places), takeRows(batch.y, places)]);
      const prediction = await predict(model, x, options);
      const cut = (values: NDArray, at: number) => values.slice(at, at + 1);
      for (const [at, row] of here.entries()) seen.set(row, { x: cut(x, at), target: cut(target, at), prediction: cut(prediction, at) });
    }
    first = end;
  }
  return seen;
}

/** A metric that keeps what is known of every row. */
function eachRow(loss: Loss, logits: boolean): Metric<'rows', Rows> {
  return {
    name: 'rows',
    collects: true,
    ...(loss.targets && { targets: loss.targets }),
    update(prediction, target) {
      const rows = prediction.shape[0]!;
      const each = checkLoss(loss(prediction, target), rows);
      const rule = loss.targets?.(prediction, target);
      const classes = rule && classesOf(prediction, target, rule, logits);
      const perRow = each.cast('f64').reshape([rows, -1]).mean(1);
      return classes ? [perRow, ...classes.map((values) => values.cast('f64').reshape([rows]))] : [perRow];
    },
    finalize([losses, predicted, label, confidence]) {
      return { losses: losses!, classes: predicted && { predicted, label: label!, confidence: confidence! } };
    },
  };
}

function checkLoss(each: unknown, rows: number): Tensor {
  if (!(each instanceof Tensor)) throw new OptionError('worstExamples: the loss function must return a tensor', { op: 'worstExamples' });
  if (each.shape[0] !== rows) {
    throw new ShapeError(
      `worstExamples: the loss is ${formatType(each)} for ${rows} rows; expected one or more numbers a row: use reduction: 'none'`,
      { op: 'worstExamples' },
    );
  }
  if (!isFloat(each.dtype)) throw new DTypeError(`worstExamples: the loss is ${each.dtype}, expected f32 or f64`, { op: 'worstExamples' });
  return each;
}

/** Predicted class, label and probability of every row; undefined if it is not rows that are classified. */
function classesOf(prediction: Tensor, target: Tensor, rule: TargetRule, logits: boolean): readonly Tensor[] | undefined {
  const { rank, shape } = prediction;
  const single = rank === target.rank && (rank === 1 || (rank === 2 && shape[1] === 1));
  if (!single && (rank !== 2 || shape[1] === 1 || (target.rank === 2 && target.shape[1] !== shape[1]))) return undefined;
  const wide = prediction.cast('f64');
  const scores = single ? both(wide, logits) : wide;
  const label = single
    ? matched('worstExamples', prediction, target).greater(0.5).cast('i32')
    : targetClasses('worstExamples', prediction, target);
  const predicted = scores.argmax(-1);
  const ignored = 'ignoreIndex' in rule && rule.ignoreIndex !== undefined ? label.equal(rule.ignoreIndex) : undefined;
  return [predicted, ignored ? ignored.select(predicted, label) : label, (logits ? scores.softmax() : scores).max(-1)];
}

/** A single score as the scores of two classes; a probability of a half counts as class 0. */
function both(score: Tensor, logits: boolean): Tensor {
  const yes = score.reshape([-1, 1]);
  return concat([logits ? zeros(yes.shape, 'f64') : yes.neg().add(1), yes], -1);
}
