/** Averages of weights in a run: when they are taken, and weights with the averages in place. */

import { OptionError } from '../errors.js';
import type { Averaging } from '../optim/averaging.js';
import type { Weights } from './session.js';

/** Each n-th step from an epoch on, whose shares depend on how many there were, itself included. */
export function everySteps(every: number, startEpoch: number, stepsPerEpoch: number, share: (n: number) => number) {
  const before = startEpoch === 1 ? 0 : (startEpoch - 1) * stepsPerEpoch;
  if (!Number.isFinite(before) || !Number.isFinite(every)) {
    throw new OptionError(
      'fit: averages that begin or are taken by epochs need to know the steps of one; give fit stepsPerEpoch, or the callback everySteps and no startEpoch',
      { op: 'fit' },
    );
  }
  const since = (step: number) => step - before;
  return {
    share: (step: number) => (since(step) > 0 && since(step) % every === 0 ? share(since(step) / every) : 0),
    begun: (step: number) => since(step) >= every,
  };
}

/** Weights with the averages of those that have one. */
export function averaged(weights: Weights, averages: Averaging): Weights {
  const result = new Map(weights);
  for (const [parameter, { packed, begin, end }] of averages.pieces()) {
    result.set(parameter, weights.get(packed)!.slice(begin, end).reshape(parameter.shape));
  }
  return result;
}
