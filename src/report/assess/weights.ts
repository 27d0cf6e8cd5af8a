/** Statistics of a model's weights. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Model } from '../../nn/module.js';
import type { NDArray } from '../../tensor/ndarray.js';
import { Parameter } from '../../tensor/variable.js';
import type { TensorStatistics } from '../layers.js';

/** A parameter, or other state, of a model. */
export interface Weight {
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly elements: number;
  /** Whether training changes it; state such as running statistics does not count. */
  readonly trains: boolean;
  readonly statistics: TensorStatistics;
}

/** Elements that are looked at in one go: about a millisecond. */
const PART = 2 ** 18;
const BARS = 32;

/** Throws `StateError` before shapes are known, `MODEL_BUSY` during a run. */
export async function weightsOf(model: Model): Promise<Weight[]> {
  const copies = [...model.variables()].map(([path, variable]) => ({ path, variable, value: variable.value }));
  const weights: Weight[] = [];
  for (const { path, variable, value } of copies) {
    const trains = variable instanceof Parameter && variable.trainable;
    weights.push({ path, shape: value.shape, dtype: value.dtype, elements: value.size, trains, statistics: await statisticsOf(value) });
  }
  return weights;
}

/** Of finite elements; what is not finite makes the norm so. */
async function statisticsOf(values: NDArray): Promise<TensorStatistics> {
  let [min, max, sum, squares, count, broken] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0, 0];
  for await (const part of parts(values)) {
    for (const value of part) {
      if (!Number.isFinite(value)) {
        broken++;
        continue;
      }
      if (value < min) min = value;
      if (value > max) max = value;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  if (count === 0) return { norm: Number.NaN, mean: Number.NaN, std: Number.NaN, min: Number.NaN, max: Number.NaN };
  const mean = sum / count;
  const counts = new Array<number>(BARS).fill(0);
  let spread = 0;
  for await (const part of parts(values)) {
    for (const value of part) {
      if (!Number.isFinite(value)) continue;
      spread += (value - mean) ** 2;
      const bar = max > min ? Math.floor(((value - min) / (max - min)) * BARS) : BARS >> 1;
      counts[Math.min(bar, BARS - 1)]!++;
    }
  }
  return { norm: broken > 0 ? Number.NaN : Math.sqrt(squares), mean, std: Math.sqrt(spread / count), min, max, histogram: { counts } };
}

async function* parts(values: NDArray) {
  const flat = values.reshape([values.size]);
  for (let begin = 0; begin < flat.size; begin += PART) {
    if (begin > 0) await turn();
    yield flat.slice(begin, begin + PART).data;
  }
}
