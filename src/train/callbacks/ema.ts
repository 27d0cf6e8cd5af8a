import { bool, checkOptions, numberIn, oneOf, positiveInteger, type Rules, withDefault } from '../../options.js';
import { everySteps } from '../averages.js';
import { Averager } from './averager.js';
import type { Callback } from './callback.js';

export interface EmaOptions {
  /** What is left of the average at each update, from 0 to below 1. Default 0.999. */
  readonly decay?: number;
  /** Steps between two updates. Default 1. */
  readonly everySteps?: number;
  /** The first epoch, from 1, whose steps count. Default 1. */
  readonly startEpoch?: number;
  /**
   * How the average is kept from clinging to the first weights, which are a copy in any case. `copy`
   * (default): it is not. `debias`: the average of zeros and weights is divided by 1 − decayⁿ, as in
   * optax. `warmup`: the decay of update n, from 0, is min(decay, (1 + n) / (10 + n)).
   */
  readonly early?: 'copy' | 'debias' | 'warmup';
  /** Which weights validation, `publish` and snapshots for the best epoch see. Default `ema`. */
  readonly evaluate?: 'ema' | 'raw';
  /** Whether the model has the average when the run ends, however but by an error. Default true. */
  readonly finish?: boolean;
}

const rules = {
  decay: withDefault(numberIn(0, 1, 'high'), 0.999),
  everySteps: withDefault(positiveInteger(), 1),
  startEpoch: withDefault(positiveInteger(), 1),
  early: withDefault(oneOf('copy', 'debias', 'warmup'), 'copy'),
  evaluate: withDefault(oneOf('ema', 'raw'), 'ema'),
  finish: withDefault(bool(), true),
} satisfies Rules<EmaOptions>;

/** What the n-th weights count, n from 1. */
const SHARES: Record<'copy' | 'debias' | 'warmup', (decay: number, n: number) => number> = {
  copy: (decay, n) => (n === 1 ? 1 : 1 - decay),
  debias: (decay, n) => (n === 1 ? 1 : (1 - decay) / (1 - decay ** n)),
  warmup: (decay, n) => (n === 1 ? 1 : 1 - Math.min(decay, n / (9 + n))),
};

/**
 * An exponential moving average of the weights (Polyak and Juditsky 1992), taken by the training step
 * itself: average ← average + (1 − decay) · (weight − average). PyTorch's `AveragedModel` with
 * `get_ema_multi_avg_fn`.
 *
 *     callbacks.ema({ decay: 0.999, early: 'warmup' })
 *
 * Training goes on with the weights as they are. Other state, as running statistics, is the model's
 * own. A run that is resumed goes on with its average to the bit.
 */
export function ema(options?: EmaOptions): Callback {
  const checked = checkOptions('callbacks.ema', options, rules);
  const { decay, everySteps: every, startEpoch, early, evaluate, finish } = checked;
  return new Averager('callbacks.ema', checked, (stepsPerEpoch) => ({
    ...everySteps(every, startEpoch, stepsPerEpoch, (n) => SHARES[early](decay, n)),
    evaluate: evaluate === 'ema',
    finish,
  }));
}
