import { OptionError } from '../errors.js';
import { bool, checkOptions, nonNegative, numberIn, type Rules, withDefault } from '../options.js';
import { type LearningRate, learningRate, Optimizer } from './optimizer.js';

export interface SgdOptions {
  /** Default 0.01. */
  readonly lr?: LearningRate;
  /** μ, 0 ≤ μ < 1. Default 0. */
  readonly momentum?: number;
  /** Looks ahead along the momentum (Sutskever 2013). Default false. */
  readonly nesterov?: boolean;
  /** λ: adds λ θ to the gradient. Default 0. */
  readonly weightDecay?: number;
}

const rules = {
  lr: withDefault(learningRate(), 0.01),
  momentum: withDefault(numberIn(0, 1, 'high'), 0),
  nesterov: withDefault(bool(), false),
  weightDecay: withDefault(nonNegative(), 0),
} satisfies Rules<SgdOptions>;

/**
 * Stochastic gradient descent, with PyTorch's momentum:
 * g ← g + λ θ; v ← μ v + g; θ ← θ − lr · v, or with Nesterov θ ← θ − lr · (g + μ v).
 */
export function sgd(options?: SgdOptions): Optimizer {
  const { lr, momentum, nesterov, weightDecay } = checkOptions('optim.sgd', options, rules);
  if (nesterov && momentum === 0) throw new OptionError('optim.sgd: nesterov needs a momentum above 0', { op: 'optim.sgd' });
  return new Optimizer('sgd', lr, {
    slots: momentum > 0 ? ['velocity'] : [],
    update({ parameter, gradient, slots, lr }) {
      const g = weightDecay > 0 ? gradient.add(parameter.mul(weightDecay)) : gradient;
      if (momentum === 0) return { parameter: parameter.sub(g.mul(lr)) };
      const velocity = slots.velocity!.mul(momentum).add(g);
      const direction = nesterov ? g.add(velocity.mul(momentum)) : velocity;
      return { parameter: parameter.sub(direction.mul(lr)), slots: { velocity } };
    },
  });
}
