import { bool, checkOptions, nonNegative, numberIn, positive, type Rules, withDefault } from '../options.js';
import { type Momentum, momentumOf, momentumRule, momentumSchedule, moves } from './momentum.js';
import { type LearningRate, learningRate, Optimizer } from './optimizer.js';
import { constantDecay, movingAverage } from './rule.js';

export interface RmspropOptions {
  /** Default 0.01. */
  readonly lr?: LearningRate;
  /** α, 0 ≤ α < 1. Default 0.99. */
  readonly alpha?: number;
  /** ε. Default 1e-8. */
  readonly eps?: number;
  /** Divides by the deviation from the mean gradient. Default false. */
  readonly centered?: boolean;
  /** μ, 0 ≤ μ < 1, or a schedule of it. Default 0. */
  readonly momentum?: Momentum;
  /** λ: adds λ θ to the gradient. Default 0. */
  readonly weightDecay?: number;
}

const rules = {
  lr: withDefault(learningRate(), 0.01),
  alpha: withDefault(numberIn(0, 1, 'high'), 0.99),
  eps: withDefault(positive(), 1e-8),
  centered: withDefault(bool(), false),
  momentum: withDefault(momentumRule(), 0),
  weightDecay: withDefault(nonNegative(), 0),
} satisfies Rules<RmspropOptions>;

/**
 * RMSprop (Hinton 2012), ε outside the root as in PyTorch:
 * g ← g + λ θ; v ← α v + (1 − α) g²; d = g / (√v + ε), or centred d = g / (√(v − ḡ²) + ε) with
 * ḡ ← α ḡ + (1 − α) g; θ ← θ − lr · d, or with momentum b ← μ b + d; θ ← θ − lr · b.
 */
export function rmsprop(options?: RmspropOptions): Optimizer {
  const { lr, alpha, eps, centered, momentum, weightDecay } = checkOptions('optim.rmsprop', options, rules);
  return new Optimizer('rmsprop', lr, {
    slots: ['v', ...(centered ? ['mean'] : []), ...(moves(momentum) ? ['velocity'] : [])],
    schedules: momentumSchedule(momentum),
    update({ parameter, gradient, slots, lr, scheduled }) {
      const g = weightDecay > 0 ? gradient.add(parameter.mul(weightDecay)) : gradient;
      const v = movingAverage(slots.v!, g.square(), constantDecay(alpha));
      const mean = centered ? movingAverage(slots.mean!, g, constantDecay(alpha)) : undefined;
      // The difference can round to just below 0.
      const spread = mean ? v.sub(mean.square()).maximum(0) : v;
      const scaled = g.div(spread.sqrt().add(eps));
      const velocity = moves(momentum) ? slots.velocity!.mul(momentumOf(momentum, scheduled)).add(scaled) : undefined;
      return {
        parameter: parameter.sub((velocity ?? scaled).mul(lr)),
        slots: { v, ...(mean && { mean }), ...(velocity && { velocity }) },
      };
    },
  });
}
