/** Why a step was refused, in words. */

import { NonFiniteError } from '../errors.js';
import type { RunResult } from '../native/binding.js';

export interface Refusal {
  readonly found: NonNullable<RunResult['refused']>;
  /** In the run, from 1. */
  readonly step: number;
  readonly lr: number;
  /** Greatest |weight| of the model, which still has the weights of the step before. */
  readonly greatestWeight: number;
  /** Greatest |number| of the inputs, 0 if the model scales them, and of the targets. */
  readonly greatestInput: number;
  readonly greatestTarget: number;
}

/** Weights of healthy models stay far below. */
const LARGE_WEIGHT = 1e3;
/** Data that should have been scaled: at any learning rate, and at a high one. */
export const LARGE_INPUT = 1e6;
const UNSCALED = 10;

interface Domain {
  readonly NaN: string;
  readonly Infinity: string;
  readonly advice: string;
}

const LOGARITHM: Domain = {
  NaN: 'the logarithm of a negative number',
  Infinity: 'the logarithm of 0',
  advice: 'bring what is under it above 0, as clip(1e-7, 1) does for probabilities, or use a loss that takes logits',
};
const DIVISION: Domain = {
  NaN: 'a division of 0 by 0',
  Infinity: 'a division by 0, or by a number so small that the quotient overflows',
  advice: 'add a small number to the divisor',
};
const EXPONENTIAL: Domain = {
  NaN: 'an exponential that overflows',
  Infinity: 'an exponential that overflows',
  advice: 'subtract the greatest exponent first, or clip what is above the e',
};

const OUT_OF_DOMAIN: Readonly<Record<string, Domain>> = {
  log: LOGARITHM,
  log1p: LOGARITHM,
  div: DIVISION,
  reciprocal: DIVISION,
  rsqrt: {
    NaN: 'the root of a negative number',
    Infinity: 'one divided by the root of 0',
    advice: 'add a small number under the root',
  },
  sqrt: {
    NaN: 'the root of a negative number',
    Infinity: 'the root of an infinity',
    advice: 'bring what is under the root to 0 or above',
  },
  pow: {
    NaN: 'a power of a negative number with an exponent that is not whole',
    Infinity: 'a power that overflows, or 0 with a negative exponent',
    advice: 'clip the base or the exponent',
  },
  exp: EXPONENTIAL,
  expm1: EXPONENTIAL,
};

/** How the gradient pass marks the layer path of what it adds. */
const GRADIENT = ' (gradient)';

const short = (value: number): string => value.toPrecision(3);

export function likelyCause(refusal: Refusal): string {
  return grownWeights(refusal) ?? outOfDomain(refusal) ?? largeData(refusal) ?? largeGradients(refusal);
}

function grownWeights({ step, lr, greatestWeight, greatestInput }: Refusal): string | undefined {
  if (greatestWeight <= LARGE_WEIGHT) return undefined;
  if (step === 1) return `the weights were as large as ${short(greatestWeight)} when the run began`;
  const scaled = greatestInput <= UNSCALED;
  const inputs = scaled ? '' : ` for inputs as large as ${short(greatestInput)}`;
  const advice = scaled ? '' : '; scale the inputs to about 1 first';
  return `the learning rate ${lr} is too high${inputs}: the weights have grown to ${short(greatestWeight)}${advice}`;
}

function outOfDomain(refusal: Refusal): string | undefined {
  const { found } = refusal;
  const domain = OUT_OF_DOMAIN[found.op];
  if (!domain) return undefined;
  if (domain === DIVISION && found.path.endsWith(GRADIENT)) {
    return 'a derivative that is infinite: of a root, a logarithm or a quotient at 0; add a small number there';
  }
  const large = domain === EXPONENTIAL ? largeData(refusal) : undefined;
  return large ?? `${domain[found.kind]}; ${domain.advice}`;
}

function largeData({ greatestInput, greatestTarget }: Refusal): string | undefined {
  if (greatestInput <= LARGE_INPUT && greatestTarget <= LARGE_INPUT) return undefined;
  const [what, greatest] = greatestInput >= greatestTarget ? ['inputs', greatestInput] : ['targets', greatestTarget];
  return `the ${what} are as large as ${short(greatest)}: scale them to about 1`;
}

function largeGradients({ lr }: Refusal): string {
  return `gradients that are too large: try a learning rate below ${lr}, or clipNorm`;
}

export function nonFiniteStep(refusal: Refusal): NonFiniteError {
  const { found, step } = refusal;
  const epoch = found.epoch + 1;
  const place = found.path === '' ? '' : ` in ${found.path}`;
  const what =
    found.op === ''
      ? 'the loss or a gradient is not finite'
      : `the first ${found.kind} is in the result ${found.type} of ${found.op}${place}`;
  const kept = step === 1 ? 'its first weights' : `the weights of step ${step - 1}`;
  return new NonFiniteError(
    `fit: step ${step} (epoch ${epoch}, batch ${found.batch + 1}) was refused: ${what}. Likely cause: ${likelyCause(refusal)}. The model keeps ${kept}.`,
    { op: found.op, path: found.path, epoch, step },
  );
}
