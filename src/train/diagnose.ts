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
  /** Greatest |number| of the inputs; 0 if the model scales them. */
  readonly greatestInput: number;
}

/** Weights of healthy models stay far below. */
const LARGE_WEIGHT = 1e3;
/** Inputs that should have been scaled. */
const LARGE_INPUT = 1e6;

const OUT_OF_DOMAIN: Readonly<Record<string, string>> = {
  log: 'the logarithm of 0 or of a negative number',
  log1p: 'the logarithm of 0 or of a negative number',
  div: 'a division by 0',
  reciprocal: 'a division by 0',
  rsqrt: 'the root of 0 or of a negative number',
  sqrt: 'the root of a negative number, or its gradient at 0',
  pow: 'a power of 0 or of a negative number',
  exp: 'an exponential that overflows',
  expm1: 'an exponential that overflows',
};

export function likelyCause({ found, step, lr, greatestWeight, greatestInput }: Refusal): string {
  const weight = greatestWeight.toPrecision(3);
  if (greatestWeight > LARGE_WEIGHT) {
    if (step === 1) return `the weights were as large as ${weight} when the run began`;
    return `the learning rate ${lr} is too high: the weights have grown to ${weight}`;
  }
  const domain = OUT_OF_DOMAIN[found.op];
  if (domain) return domain;
  if (greatestInput > LARGE_INPUT) return `the inputs are as large as ${greatestInput.toPrecision(3)}: scale them to about 1`;
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
