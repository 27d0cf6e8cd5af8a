import { checkOptions, nonNegative, type Rules, withDefault } from '../options.js';
import { type AdamOptions, adamRules, adamState, adamUpdate } from './adam.js';
import { Optimizer } from './optimizer.js';

export interface AdamWOptions extends Omit<AdamOptions, 'weightDecay'> {
  /** λ: shrinks θ by lr · λ in every step, apart from the gradient. Default 0.01. */
  readonly weightDecay?: number;
}

const rules = { ...adamRules, weightDecay: withDefault(nonNegative(), 0.01) } satisfies Rules<AdamWOptions>;

/** Adam with decoupled weight decay (Loshchilov and Hutter 2017): θ ← θ (1 − lr · λ), then Adam's step. */
export function adamW(options?: AdamWOptions): Optimizer {
  const checked = checkOptions('optim.adamW', options, rules);
  const { weightDecay } = checked;
  return new Optimizer('adamW', checked.lr, {
    ...adamState(checked),
    update(input) {
      const parameter = weightDecay > 0 ? input.parameter.mul(input.lr.mul(-weightDecay).add(1)) : input.parameter;
      return adamUpdate({ ...input, parameter }, checked);
    },
  });
}
