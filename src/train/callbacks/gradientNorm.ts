import { callable, checkOptions, nonNegative, optional, positiveInteger, type Rules, withDefault } from '../../options.js';
import type { EpochEvent } from '../events.js';
import { type NormOrder, normOrder } from '../probe/gradientNorm.js';
import type { Callback, RunContext } from './callback.js';

export interface GradientNormOptions {
  /** The run ends where the norm is this or less. */
  readonly below: number;
  /** `max` (default): the greatest |g|, what L-BFGS tests in PyTorch, SciPy and scikit-learn; 2: the length. */
  readonly order?: NormOrder;
  /** Each measurement costs about an epoch without its updates. Default 1. */
  readonly everyEpochs?: number;
  /** Gets each norm; a promise is waited for. */
  readonly onReport?: (norm: number, run: RunContext) => unknown;
}

const rules = {
  below: nonNegative(),
  order: withDefault(normOrder(), 'max'),
  everyEpochs: withDefault(positiveInteger(), 1),
  onReport: optional(callable<NonNullable<GradientNormOptions['onReport']>>()),
} satisfies Rules<GradientNormOptions>;

/**
 * Ends a run that has converged: after an epoch, the gradient of the training loss over all rows,
 * at the weights as they are then, is no longer than `below`. `stopReason: 'gradientNorm'`. It is
 * the gradient before clipping and without the optimizer's decay of weights, as training computes
 * it: where layers drop units, they do.
 */
export function gradientNorm(options: GradientNormOptions): Callback {
  const { below, order, everyEpochs, onReport } = checkOptions('callbacks.gradientNorm', options, rules);
  return {
    async epochEnd({ epoch }: EpochEvent, run: RunContext) {
      if (epoch % everyEpochs !== 0) return;
      const norm = await run.gradientNorm(order);
      if (norm === undefined) return;
      await onReport?.(norm, run);
      if (norm <= below) run.stop('gradientNorm');
    },
  };
}
