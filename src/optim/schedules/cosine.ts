import { checkOptions, positiveInteger, type Rules, withDefault } from '../../options.js';
import { cosineBetween, rate, type Schedule } from './schedule.js';

export interface CosineOptions {
  readonly lr: number;
  /** After so many steps the rate is `end` and stays so. */
  readonly steps: number;
  /** Default 0. */
  readonly end?: number;
}

const cosineRules = { lr: rate(), steps: positiveInteger(), end: withDefault(rate(), 0) } satisfies Rules<CosineOptions>;

/** Half a cosine from lr to end: end + (lr − end) · (1 + cos(π · step / steps)) / 2. Loshchilov and Hutter 2016. */
export function cosine(options: CosineOptions): Schedule {
  const { lr, steps, end } = checkOptions('schedules.cosine', options, cosineRules);
  return (t) => cosineBetween(lr, end, Math.min(t, steps) / steps);
}

export interface CosineRestartsOptions {
  readonly lr: number;
  /** Of the first cycle. */
  readonly steps: number;
  /** Each cycle is so many times as long as the one before. Default 1. */
  readonly factor?: number;
  /** Default 0. */
  readonly end?: number;
}

const restartRules = {
  lr: rate(),
  steps: positiveInteger(),
  factor: withDefault(positiveInteger(), 1),
  end: withDefault(rate(), 0),
} satisfies Rules<CosineRestartsOptions>;

/** Cosines one after the other, each from lr again (SGDR). Loshchilov and Hutter 2016. */
export function cosineRestarts(options: CosineRestartsOptions): Schedule {
  const { lr, steps, factor, end } = checkOptions('schedules.cosineRestarts', options, restartRules);
  return (t) => {
    let [begin, length] = [0, steps];
    if (factor === 1) begin = Math.floor(t / steps) * steps;
    while (t >= begin + length) {
      begin += length;
      length *= factor;
    }
    return cosineBetween(lr, end, (t - begin) / length);
  };
}
