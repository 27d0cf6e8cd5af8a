/** What kind of question a model answers: from the shape of a prediction and the targets. */

import { setImmediate as turn } from 'node:timers/promises';
import { formatShape, ShapeError } from '../../errors.js';
import type { NDArray } from '../../tensor/ndarray.js';

/**
 * `classes`: scores with classes along the last axis; `binary`: one score a row; `labels`: several
 * scores, each yes or no; `numbers`: regression.
 */
export type Task = 'classes' | 'binary' | 'labels' | 'numbers';

const PART = 2 ** 18;
/** What a row of probabilities may be off. */
const ROUNDING = 1e-3;

/** Parts of about a millisecond; the event loop turns between them. */
async function* parts(values: NDArray): AsyncGenerator<NDArray> {
  const rows = values.shape[0]!;
  const step = Math.max(1, Math.floor((PART * rows) / values.size));
  for (let begin = 0; begin < rows; begin += step) {
    if (begin > 0) await turn();
    yield values.slice(begin, begin + step);
  }
}

interface Facts {
  readonly shares: boolean;
  readonly whole: boolean;
  readonly sumToOne: boolean;
}

async function examine(targets: NDArray): Promise<Facts> {
  const width = targets.shape.at(-1)!;
  let [shares, whole, sumToOne] = [true, true, true];
  for await (const part of parts(targets)) {
    const range = part.native.range();
    shares &&= range.min >= 0 && range.max <= 1;
    whole &&= range.whole;
    if (!shares) break;
    const { data } = part;
    for (let at = 0; sumToOne && at < data.length; at += width) {
      let sum = 0;
      for (let i = at; i < at + width; i++) sum += data[i]!;
      sumToOne = Math.abs(sum - 1) <= ROUNDING;
    }
  }
  return { shares, whole, sumToOne };
}

/** `prediction` is the shape of predictions, without rows. */
export async function taskOf(prediction: readonly number[], targets: NDArray): Promise<Task> {
  const target = targets.shape.slice(1);
  if (target.length === prediction.length - 1 && prediction.at(-1) !== 1) return 'classes';
  if (formatShape(target) !== formatShape(prediction)) {
    throw new ShapeError(
      `writeReport: a prediction is ${formatShape(prediction)} a row and a target ${formatShape(target)}; expected one shape, or labels of one axis less`,
      { op: 'writeReport', expected: formatShape(prediction), found: formatShape(target) },
    );
  }
  const { shares, whole, sumToOne } = await examine(targets);
  if (!shares) return 'numbers';
  const single = prediction.length === 0 || prediction.at(-1) === 1;
  if (single) return whole ? 'binary' : 'numbers';
  return sumToOne ? 'classes' : whole ? 'labels' : 'numbers';
}
