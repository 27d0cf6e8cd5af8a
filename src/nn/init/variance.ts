import { checkArgument, checkOptions, nonNegative, oneOf, positive, type Rules, withDefault } from '../../options.js';
import { draw, fansOf, type Initializer } from './initializer.js';
import { TRUNCATED_DEVIATION, truncatedNormal } from './random.js';

export interface VarianceScalingOptions {
  /** Default 1. */
  readonly scale?: number;
  /** What the variance is divided by; fanAvg = (fanIn + fanOut) / 2. Default fanIn. */
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAvg';
  /** Default truncatedNormal. */
  readonly distribution?: 'truncatedNormal' | 'normal' | 'uniform';
}

const rules = {
  scale: withDefault(positive(), 1),
  mode: withDefault(oneOf('fanIn', 'fanOut', 'fanAvg'), 'fanIn'),
  distribution: withDefault(oneOf('truncatedNormal', 'normal', 'uniform'), 'truncatedNormal'),
} satisfies Rules<VarianceScalingOptions>;

/**
 * Mean 0 and variance scale / n, with n by `mode`: uniform in ±√(3 · scale / n), or normal with
 * σ = √(scale / n). The truncated normal is widened (σ / 0.87962566), so that its variance, too,
 * is scale / n. What the fans of a shape are: `fansOf` in initializer.ts.
 */
export function varianceScaling(options?: VarianceScalingOptions): Initializer {
  const { scale, mode, distribution } = checkOptions('init.varianceScaling', options, rules);
  return (context) => {
    const { fanIn, fanOut } = fansOf(context.shape);
    const n = Math.max(mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2, 1);
    const deviation = Math.sqrt(scale / n);
    if (distribution === 'uniform') return draw('uniform', context, -Math.sqrt(3) * deviation, Math.sqrt(3) * deviation);
    if (distribution === 'normal') return draw('normal', context, 0, deviation);
    return truncatedNormal(0, deviation / TRUNCATED_DEVIATION)(context);
  };
}

/** Uniform in ±√(6 / (fanIn + fanOut)): Glorot and Bengio 2010. For tanh and sigmoid; the default of `dense`. */
export function glorotUniform(): Initializer {
  return varianceScaling({ mode: 'fanAvg', distribution: 'uniform' });
}

/** Normal with σ = √(2 / (fanIn + fanOut)): Glorot and Bengio 2010. */
export function glorotNormal(): Initializer {
  return varianceScaling({ mode: 'fanAvg', distribution: 'normal' });
}

/** The scale for a leaky ReLU of this slope: 2 / (1 + slope²). */
function heScale(where: string, slope: number): number {
  checkArgument(where, 'slope', slope, nonNegative());
  return 2 / (1 + slope * slope);
}

/** Uniform in ±√(6 / fanIn): He et al. 2015, for ReLU; for a leaky ReLU of a slope ±√(6 / ((1 + slope²) · fanIn)). */
export function heUniform(slope = 0): Initializer {
  return varianceScaling({ scale: heScale('init.heUniform', slope), distribution: 'uniform' });
}

/** Normal with σ = √(2 / fanIn): He et al. 2015, for ReLU; for a leaky ReLU of a slope √(2 / ((1 + slope²) · fanIn)). */
export function heNormal(slope = 0): Initializer {
  return varianceScaling({ scale: heScale('init.heNormal', slope), distribution: 'normal' });
}

/** Uniform in ±√(3 / fanIn): LeCun et al. 1998. */
export function lecunUniform(): Initializer {
  return varianceScaling({ distribution: 'uniform' });
}

/** Normal with σ = √(1 / fanIn): LeCun et al. 1998. For SELU. */
export function lecunNormal(): Initializer {
  return varianceScaling({ distribution: 'normal' });
}
