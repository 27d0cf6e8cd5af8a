/** From the numbers of a probe to what is wrong, as far as rules can tell. */

import { numberIn, positive, type Rules, withDefault } from '../../options.js';
import type { ParameterReport, Probe } from '../probe/report.js';
import { type Finding, percent, short } from './finding.js';

export interface HealthLimits {
  /** `dead`: a greater share of a layer's relu units is 0 for all rows. Default 0.5. */
  readonly dead?: number;
  /** `saturated`: a greater share of what a layer's tanh or sigmoid units give is where the slope is below a twentieth of its greatest. Not of the model's output. Default 0.5. */
  readonly saturated?: number;
  /** `vanishing`: the gradient of a weight matrix (its RMS) is a lesser share of that of a later one. Default 1e-4. */
  readonly vanishing?: number;
  /** `exploding`: it is more times that of a later one. Default 1e4. */
  readonly exploding?: number;
  /** `exploding` too: the gradient of a weight matrix is more times as long as the weights. Default 100. */
  readonly gradientToWeight?: number;
}

export const limitRules = {
  dead: withDefault(numberIn(0, 1), 0.5),
  saturated: withDefault(numberIn(0, 1), 0.5),
  vanishing: withDefault(numberIn(0, 1), 1e-4),
  exploding: withDefault(numberIn(1, Number.MAX_VALUE), 1e4),
  gradientToWeight: withDefault(positive(), 100),
} satisfies Rules<HealthLimits>;

type Limits = Required<HealthLimits>;

/** In the order of the model, the graver kinds first. */
export function checkUp(probe: Probe, limits: Limits): Finding[] {
  return [...notFinite(probe), ...units(probe, limits), ...gradients(probe, limits)];
}

function notFinite({ parameters }: Probe): Finding[] {
  return Object.entries(parameters).flatMap(([path, { weight, gradient }]) => {
    const what = Number.isFinite(weight.norm) ? (gradient && !Number.isFinite(gradient.norm) ? 'gradient is' : undefined) : 'weights are';
    if (!what) return [];
    const message = `${path}: its ${what} not finite. Likely cause: a learning rate that is too high, or inputs that are not scaled. Try a smaller rate, or clipNorm.`;
    return [{ kind: 'notFinite', path, value: Number.NaN, limit: Number.MAX_VALUE, message }];
  });
}

function units({ activations, rows }: Probe, limits: Limits): Finding[] {
  return Object.entries(activations).flatMap(([path, { kind, units: count, output, deadShare, saturatedShare }]): Finding[] => {
    if (kind === 'relu' && deadShare > limits.dead) {
      const message =
        `${path}: ${percent(deadShare)} of its ${count} relu units are 0 for all ${rows} rows, so that their weights get no gradient. ` +
        'Likely cause: steps that were too large, or inputs that are not centred. Try a smaller learning rate, heNormal weights, or leakyRelu or gelu.';
      return [{ kind: 'dead', path, value: deadShare, limit: limits.dead, message }];
    }
    if (!output && saturatedShare > limits.saturated) {
      const message =
        `${path}: ${percent(saturatedShare)} of what its ${count} ${kind} units give is near the limits, where the slope is below a twentieth of its greatest. ` +
        'Likely cause: inputs or weights that are too large. Try inputs scaled to about 1, smaller first weights, a smaller learning rate, or relu.';
      return [{ kind: 'saturated', path, value: saturatedShare, limit: limits.saturated, message }];
    }
    return [];
  });
}

interface Layer {
  readonly path: string;
  /** Root of the mean square of the gradient: layers of any size compare. */
  readonly rms: number;
  /** Norm of the gradient over norm of the weights. */
  readonly toWeight: number;
}

const isMatrix = ({ shape, gradient }: ParameterReport) => gradient !== undefined && shape.length >= 2 && Number.isFinite(gradient.norm);

function layersOf({ parameters }: Probe): Layer[] {
  return Object.entries(parameters)
    .filter(([, report]) => isMatrix(report))
    .map(([path, { shape, weight, gradient }]) => {
      const size = shape.reduce((product, d) => product * d, 1);
      return { path, rms: gradient!.norm / Math.sqrt(size), toWeight: weight.norm === 0 ? 0 : gradient!.norm / weight.norm };
    });
}

function gradients(probe: Probe, limits: Limits): Finding[] {
  const layers = layersOf(probe);
  return layers.flatMap((layer, i) => {
    const later = layers.slice(i + 1).filter(({ rms }) => rms > 0);
    const greatest = later.reduce<Layer | undefined>((best, each) => (best && best.rms >= each.rms ? best : each), undefined);
    const least = later.reduce<Layer | undefined>((best, each) => (best && best.rms <= each.rms ? best : each), undefined);
    if (layer.rms === 0) return layers.some(({ rms }) => rms > 0) ? [noGradient(layer)] : [];
    if (greatest && layer.rms < limits.vanishing * greatest.rms) return [vanishing(layer, greatest, limits)];
    if (least && layer.rms > limits.exploding * least.rms) return [exploding(layer, least, limits)];
    return layer.toWeight > limits.gradientToWeight ? [large(layer, limits)] : [];
  });
}

function noGradient({ path }: Layer): Finding {
  const message = `${path}: its gradient is 0, while that of others is not. Likely cause: no way from it to the loss, or units behind it that are 0 for all rows.`;
  return { kind: 'noGradient', path, value: 0, limit: 0, message };
}

function vanishing({ path, rms }: Layer, other: Layer, limits: Limits): Finding {
  const value = rms / other.rms;
  const message =
    `${path}: its gradient (RMS ${short(rms)}) is ${short(value)} of that of ${other.path} (${short(other.rms)}): it vanishes on the way back. ` +
    'Likely cause: a chain of saturating activations, or first weights that are too small. Try relu or gelu, Glorot or He weights, or fewer layers.';
  return { kind: 'vanishing', path, value, limit: limits.vanishing, message };
}

function exploding({ path, rms }: Layer, other: Layer, limits: Limits): Finding {
  const value = rms / other.rms;
  const message =
    `${path}: its gradient (RMS ${short(rms)}) is ${short(value)} times that of ${other.path} (${short(other.rms)}): it grows on the way back. ` +
    'Likely cause: weights or inputs that are too large. Try inputs scaled to about 1, Glorot or He weights, or clipNorm.';
  return { kind: 'exploding', path, value, limit: limits.exploding, message };
}

function large({ path, toWeight }: Layer, limits: Limits): Finding {
  const message =
    `${path}: its gradient is ${short(toWeight)} times as long as its weights. ` +
    'Likely cause: inputs or targets that are not scaled, or weights that are too large for the depth. Try both scaled to about 1, smaller first weights, or clipNorm.';
  return { kind: 'exploding', path, value: toWeight, limit: limits.gradientToWeight, message };
}
