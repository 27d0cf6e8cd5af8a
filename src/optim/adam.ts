import { bool, checkOptions, custom, nonNegative, positive, type Rules, withDefault } from '../options.js';
import { type LearningRate, learningRate, Optimizer } from './optimizer.js';
import { biasCorrection, movingAverage, type Update, type UpdateInput } from './rule.js';

export interface AdamOptions {
  /** Default 0.001. */
  readonly lr?: LearningRate;
  /** β₁ and β₂, from 0 to below 1. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** ε. Default 1e-8. */
  readonly eps?: number;
  /** λ: adds λ θ to the gradient. Default 0. */
  readonly weightDecay?: number;
  /** Divides by the greatest v̂ so far (Reddi 2018). Default false. */
  readonly amsgrad?: boolean;
}

const isBeta = (value: unknown) => typeof value === 'number' && value >= 0 && value < 1;

export const adamRules = {
  lr: withDefault(learningRate(), 1e-3),
  betas: withDefault(
    custom<readonly [number, number]>(
      'two numbers from 0 and below 1',
      (value) => Array.isArray(value) && value.length === 2 && value.every(isBeta),
    ),
    [0.9, 0.999] as const,
  ),
  eps: withDefault(positive(), 1e-8),
  weightDecay: withDefault(nonNegative(), 0),
  amsgrad: withDefault(bool(), false),
} satisfies Rules<AdamOptions>;

type Moments = Pick<Required<AdamOptions>, 'betas' | 'eps' | 'amsgrad'>;

export const adamSlots = ({ amsgrad }: Moments): readonly string[] => ['m', 'v', ...(amsgrad ? ['greatest'] : [])];

/** The step that Adam and AdamW share. */
export function adamUpdate(
  { parameter, gradient, slots, lr, step }: UpdateInput,
  { betas: [beta1, beta2], eps, amsgrad }: Moments,
): Update {
  const m = movingAverage(slots.m!, gradient, beta1);
  const v = movingAverage(slots.v!, gradient.square(), beta2);
  const greatest = amsgrad ? slots.greatest!.maximum(v) : undefined;
  const correction = biasCorrection(beta2, step);
  const root = (greatest ?? v).sqrt();
  const scaled = typeof correction === 'number' ? root : root.mul(correction.rsqrt());
  const direction = m.div(scaled.add(eps)).mul(lr.div(biasCorrection(beta1, step)));
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
    slots: adamSlots(checked),
    update(input) {
      const gradient = weightDecay > 0 ? input.gradient.add(input.parameter.mul(weightDecay)) : input.gradient;
      return adamUpdate({ ...input, gradient }, checked);
    },
  });
}
