/** Cross-entropy of logits over a temperature, and its slope, off the JavaScript thread. */

import { alongRows } from '../../losses/loss.js';
import type { Metric } from '../../metrics/metric.js';
import { compile } from '../../tensor/compile.js';
import { concat, tensor } from '../../tensor/functional.js';
import { array, type NDArray } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Derivatives } from './minimum.js';

/** Numbers that are computed at once. */
const PART = 2 ** 18;

/** Logits and what is true, in parts along the rows. */
export class Logits {
  private readonly parts: readonly (readonly NDArray[])[];
  private readonly slope = compile((logits: Tensor, target: Tensor, beta: Tensor, weights?: Tensor) =>
    derivatives(logits, target, beta, weights),
  );

  constructor(
    logits: NDArray,
    { y, weights }: { readonly y: NDArray; readonly weights: NDArray | undefined },
    private readonly signal: AbortSignal | undefined,
  ) {
    const rows = logits.shape[0]!;
    const step = Math.max(1, Math.floor((PART * rows) / logits.size));
    const cut = (values: NDArray, begin: number) => (step >= rows ? values : values.slice(begin, begin + step));
    this.parts = Array.from({ length: Math.ceil(rows / step) }, (_, i) =>
      [logits, y, ...(weights ? [weights] : [])].map((values) => cut(values, i * step)),
    );
  }

  /** Of the mean cross-entropy, by what the logits are multiplied with. */
  async derivatives(beta: number): Promise<Derivatives> {
    let [first, second] = [0, 0];
    for (const [logits, target, weights] of this.parts) {
      this.signal?.throwIfAborted();
      const part = await this.slope(logits!, target!, array(beta, { dtype: 'f64' }), weights);
      first += part.first.item();
      second += part.second.item();
    }
    return { first, second };
  }

  /** Metrics of the logits times a number. */
  async measure(metrics: readonly Metric[], beta: number): Promise<unknown[]> {
    const update = compile((logits: Tensor, target: Tensor, weights?: Tensor) =>
      metrics.map((metric) => [...metric.update(logits.cast('f64').mul(beta), target, weights)]),
    );
    const totals = metrics.map((): Float64Array[] => []);
    for (const [logits, target, weights] of this.parts) {
      this.signal?.throwIfAborted();
      for (const [m, tensors] of (await update(logits!, target!, weights)).entries()) {
        for (const [t, { data }] of tensors.entries()) {
          totals[m]![t] ??= new Float64Array(data.length);
          for (let i = 0; i < data.length; i++) totals[m]![t]![i]! += data[i]!;
        }
      }
    }
    return metrics.map((metric, m) => metric.finalize(totals[m]!));
  }
}

/**
 * With p = softmax(β z): the slope by β is Σ p z − Σ t z, the curvature the variance of z under p,
 * both times Σ t; added up over rows.
 */
function derivatives(logits: Tensor, target: Tensor, beta: Tensor, weights: Tensor | undefined) {
  const { z, truth } = classes(logits.cast('f64'), target);
  const centred = z.sub(z.max(-1, { keepDims: true }));
  const p = centred.mul(beta).softmax();
  const expected = p.mul(centred).sum(-1, { keepDims: true });
  const mass = truth.sum(-1);
  const first = expected.squeeze(-1).mul(mass).sub(truth.mul(centred).sum(-1));
  const second = p.mul(centred.sub(expected).square()).sum(-1).mul(mass);
  const along = weights ? alongRows(weights, first) : tensor(1, 'f64');
  return { first: first.mul(along).sum(), second: second.mul(along).sum() };
}

/** A single score z is the classes 0 and z. */
function classes(logits: Tensor, target: Tensor): { z: Tensor; truth: Tensor } {
  const single = logits.rank === target.rank && (logits.rank === 1 || logits.shape.at(-1) === 1);
  if (!single) {
    const soft = logits.rank === target.rank;
    return { z: logits, truth: soft ? target.cast('f64') : target.cast('i32').oneHot(logits.shape.at(-1)!).cast('f64') };
  }
  const column = (x: Tensor) => (x.rank > 1 ? x : x.expandDims(-1));
  const [score, yes] = [column(logits), column(target.cast('f64'))];
  return { z: concat([score.mul(0), score], -1), truth: concat([yes.neg().add(1), yes], -1) };
}
