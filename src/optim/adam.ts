import { bool, checkOptions, custom, nonNegative, positive, type Rules, withDefault } from '../options.js';
import { decayOf, decaySchedules, isMomentum, type Momentum } from './momentum.js';
import { type LearningRate, learningRate, Optimizer } from './optimizer.js';
import { biasCorrection, constantDecay, movingAverage, type Update, type UpdateInput, type UpdateRule } from './rule.js';

export interface AdamOptions {
  /** Default 0.001. */
  readonly lr?: LearningRate;
  /** β₁ and β₂, from 0 to below 1; the first may follow a schedule. Default [0.9, 0.999]. */
  readonly betas?: readonly [Momentum, number];
  /** ε. Default 1e-8. */
  readonly eps?: number;
  /** λ: adds λ θ to the gradient. Default 0. */
  readonly weightDecay?: number;
  /** Divides by the greatest v̂ so far (Reddi 2018). Default false. */
  readonly amsgrad?: boolean;
}

export const adamRules = {
  lr: withDefault(learningRate(), 1e-3),
  betas: withDefault(
    custom<readonly [Momentum, number]>(
      'two numbers from 0 and below 1; the first may be a schedule',
      (value) =>
        Array.isArray(value) && value.length === 2 && (isMomentum(value[0]) || typeof value[0] === 'function') && isMomentum(value[1]),
    ),
    [0.9, 0.999] as const,
  ),
  eps: withDefault(positive(), 1e-8),
  weightDecay: withDefault(nonNegative(), 0),
  amsgrad: withDefault(bool(), false),
} satisfies Rules<AdamOptions>;

type Moments = Pick<Required<AdamOptions>, 'betas' | 'eps' | 'amsgrad'>;

/** What the rules of Adam and AdamW share beside their step. */
export const adamState = ({ amsgrad, betas: [beta1] }: Moments): Pick<UpdateRule, 'slots' | 'schedules'> => ({
  slots: ['m', 'v', ...(amsgrad ? ['greatest'] : [])],
  schedules: decaySchedules(beta1),
});

/** The step that Adam and AdamW share. */
export function adamUpdate({ parameter, gradient, slots, lr, step, scheduled }: UpdateInput, { betas, eps, amsgrad }: Moments): Update {
  const [beta1, beta2] = [decayOf(betas[0], scheduled), constantDecay(betas[1])];
  const m = movingAverage(slots.m!, gradient, beta1);
  const v = movingAverage(slots.v!, gradient.square(), beta2);
  const greatest = amsgrad ? slots.greatest!.maximum(v) : undefined;
  // The correction of v as one of lr and of ε, which are numbers: section 2 of the paper, at its end.
  const correction = biasCorrection(beta2, step);
  const [rate, floor] = typeof correction === 'number' ? [lr, eps] : [lr.mul(correction.sqrt()), correction.sqrt().mul(eps)];
  const direction = m.div((greatest ?? v).sqrt().add(floor)).mul(rate.div(biasCorrection(beta1, step)));
  return { parameter: parameter.sub(direction), slots: { m, v, ...(greatest && { greatest }) } };
}

/**
 * Adam (Kingma and Ba 2014), ε after the correction as in the paper:
 * g ← g + λ θ; m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²;
 * θ ← θ − lr · m̂ / (√v̂ + ε) with m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
 */
export function adam(options?: AdamOptions): Optimizer {
  const checked = checkOptions('optim.adam', options, adamRules);
  const { weightDecay } = checked;
  return new Optimizer('adam', checked.lr, {
    ...adamState(checked),
    update(input) {
      const gradient = weightDecay > 0 ? input.gradient.add(input.parameter.mul(weightDecay)) : input.gradient;
      return adamUpdate({ ...input, gradient }, checked);
    },
  });
}
