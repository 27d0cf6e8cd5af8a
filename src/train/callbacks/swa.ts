import { bool, checkOptions, oneOf, optional, positiveInteger, type Rules, withDefault } from '../../options.js';
import { everySteps } from '../averages.js';
import { Averager } from './averager.js';
import type { Callback } from './callback.js';

export interface SwaOptions {
  /** The first epoch, from 1, whose weights count. */
  readonly startEpoch: number;
  /** Steps between two updates. Default: one update at the end of every epoch. */
  readonly everySteps?: number;
  /** Which weights validation, `publish` and snapshots for the best epoch see. Default `swa`. */
  readonly evaluate?: 'swa' | 'raw';
  /** Whether the model has the average when the run ends, however but by an error. Default true. */
  readonly finish?: boolean;
}

const rules = {
  startEpoch: positiveInteger(),
  everySteps: optional(positiveInteger()),
  evaluate: withDefault(oneOf('swa', 'raw'), 'swa'),
  finish: withDefault(bool(), true),
} satisfies Rules<SwaOptions>;

/**
 * Stochastic weight averaging (Izmailov et al. 2018): the equal average of the weights from an epoch
 * on, best with a learning rate that stays high. PyTorch's `AveragedModel`.
 *
 *     callbacks.swa({ startEpoch: 8 })
 *
 * Training goes on with the weights as they are. Other state, as running statistics, is the model's own.
 */
export function swa(options: SwaOptions): Callback {
  const checked = checkOptions('callbacks.swa', options, rules);
  const { everySteps: every, startEpoch, evaluate, finish } = checked;
  return new Averager('callbacks.swa', checked, (stepsPerEpoch) => ({
    ...everySteps(every ?? stepsPerEpoch, startEpoch, stepsPerEpoch, (n) => 1 / n),
    evaluate: evaluate === 'swa',
    finish,
  }));
}
