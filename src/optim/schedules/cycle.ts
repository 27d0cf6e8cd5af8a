import { OptionError } from '../../errors.js';
import { bool, checkOptions, integer, numberIn, oneOf, positive, positiveInteger, type Rules, withDefault } from '../../options.js';
import { between, cosineBetween, rate, type Schedule } from './schedule.js';

export interface OneCycleOptions {
  /** The greatest rate. */
  readonly max: number;
  /** Of the whole cycle; the rate stays at its end afterwards. */
  readonly steps: number;
  /** The share of the steps in which the rate grows. Default 0.3. */
  readonly warmup?: number;
  /** The first rate is max / divideBy. Default 25. */
  readonly divideBy?: number;
  /** The last rate is the first / finalDivideBy. Default 10,000. */
  readonly finalDivideBy?: number;
  /** Default cosine. */
  readonly anneal?: 'cosine' | 'linear';
  /** Comes down to the first rate in as many steps as it went up, and only then to the last. Default false. */
  readonly threePhases?: boolean;
}

const oneCycleRules = {
  max: rate(),
  steps: integer(2),
  warmup: withDefault(numberIn(0, 1, 'both'), 0.3),
  divideBy: withDefault(positive(), 25),
  finalDivideBy: withDefault(positive(), 1e4),
  anneal: withDefault(oneOf('cosine', 'linear'), 'cosine'),
  threePhases: withDefault(bool(), false),
} satisfies Rules<OneCycleOptions>;

/** Up to max and down to almost nothing, once. Smith 2018; the form of fastai and PyTorch. */
export function oneCycle(options: OneCycleOptions): Schedule {
  const o = checkOptions('schedules.oneCycle', options, oneCycleRules);
  if (o.threePhases && o.warmup > 0.5) {
    throw new OptionError(`schedules.oneCycle: with threePhases warmup must be 0.5 or less, found ${o.warmup}`, {
      op: 'schedules.oneCycle',
    });
  }
  const first = o.max / o.divideBy;
  const turns = [
    { at: 0, lr: first },
    { at: o.warmup * o.steps - 1, lr: o.max },
    ...(o.threePhases ? [{ at: 2 * o.warmup * o.steps - 2, lr: first }] : []),
    { at: o.steps - 1, lr: first / o.finalDivideBy },
  ];
  const anneal = o.anneal === 'cosine' ? cosineBetween : between;
  return (t) => {
    const next = turns.findIndex(({ at }, i) => i > 0 && t <= at);
    if (next < 0) return turns.at(-1)!.lr;
    const [from, to] = [turns[next - 1]!, turns[next]!];
    return anneal(from.lr, to.lr, (t - from.at) / (to.at - from.at));
  };
}

export interface CyclicOptions {
  /** The least rate. */
  readonly base: number;
  /** The greatest. */
  readonly max: number;
  /** Steps from base to max. Default 2,000. */
  readonly up?: number;
  /** Steps back. Default: as many as up. */
  readonly down?: number;
  /** `halving` halves the height of every cycle, `exponential` shrinks it by gamma in every step. Default triangular. */
  readonly mode?: 'triangular' | 'halving' | 'exponential';
  /** For `exponential`. Default 1. */
  readonly gamma?: number;
}

const cyclicRules = {
  base: rate(),
  max: rate(),
  up: withDefault(positiveInteger(), 2000),
  down: withDefault(integer(0), 0),
  mode: withDefault(oneOf('triangular', 'halving', 'exponential'), 'triangular'),
  gamma: withDefault(numberIn(0, 1, 'low'), 1),
} satisfies Rules<CyclicOptions>;

/** Up and down between base and max, again and again. Smith 2015. */
export function cyclic(options: CyclicOptions): Schedule {
  const { base, max, up, down: given, mode, gamma } = checkOptions('schedules.cyclic', options, cyclicRules);
  const down = given || up;
  return (t) => {
    const cycle = Math.floor(t / (up + down));
    const at = t - cycle * (up + down);
    const height = at <= up ? at / up : (up + down - at) / down;
    const shrunk = mode === 'halving' ? 0.5 ** cycle : mode === 'exponential' ? gamma ** t : 1;
    return base + (max - base) * height * shrunk;
  };
}
