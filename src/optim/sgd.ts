import { OptionError } from '../errors.js';
import { bool, checkOptions, nonNegative, type Rules, withDefault } from '../options.js';
import { type Momentum, momentumOf, momentumRule, momentumSchedule, moves } from './momentum.js';
import { type LearningRate, learningRate, Optimizer } from './optimizer.js';

export interface SgdOptions {
  /** Default 0.01. */
  readonly lr?: LearningRate;
  /** μ, 0 ≤ μ < 1, or a schedule of it. Default 0. */
  readonly momentum?: Momentum;
  /** Looks ahead along the momentum (Sutskever 2013). Default false. */
  readonly nesterov?: boolean;
  /** λ: adds λ θ to the gradient. Default 0. */
  readonly weightDecay?: number;
}

const rules = {
  lr: withDefault(learningRate(), 0.01),
  momentum: withDefault(momentumRule(), 0),
  nesterov: withDefault(bool(), false),
  weightDecay: withDefault(nonNegative(), 0),
} satisfies Rules<SgdOptions>;

/**
 * Stochastic gradient descent, with PyTorch's momentum:
 * g ← g + λ θ; v ← μ v + g; θ ← θ − lr · v, or with Nesterov θ ← θ − lr · (g + μ v).
 */
export function sgd(options?: SgdOptions): Optimizer {
  const { lr, momentum, nesterov, weightDecay } = checkOptions('optim.sgd', options, rules);
  if (nesterov && !moves(momentum)) throw new OptionError('optim.sgd: nesterov needs a momentum above 0', { op: 'optim.sgd' });
  return new Optimizer('sgd', lr, {
    slots: moves(momentum) ? ['velocity'] : [],
    schedules: momentumSchedule(momentum),
    update({ parameter, gradient, slots, lr, scheduled }) {
      const g = weightDecay > 0 ? gradient.add(parameter.mul(weightDecay)) : gradient;
      if (!moves(momentum)) return { parameter: parameter.sub(g.mul(lr)) };
      const mu = momentumOf(momentum, scheduled);
      const velocity = slots.velocity!.mul(mu).add(g);
      const direction = nesterov ? g.add(velocity.mul(mu)) : velocity;
      return { parameter: parameter.sub(direction.mul(lr)), slots: { velocity } };
    },
  });
}
