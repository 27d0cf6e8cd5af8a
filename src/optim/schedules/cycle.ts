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

/** What `oneCycle` and `oneCycleMomentum` share. */
interface Cycle {
  readonly steps: number;
  readonly warmup: number;
  readonly anneal: 'cosine' | 'linear';
  readonly threePhases: boolean;
}

/** From `first` to `top` and back to `last`; with three phases to `first` before. */
function once(where: string, { steps, warmup, anneal, threePhases }: Cycle, first: number, top: number, last: number): Schedule {
  if (threePhases && warmup > 0.5) {
    throw new OptionError(`${where}: with threePhases warmup must be 0.5 or less, found ${warmup}`, { op: where });
  }
  const turns = [
    { at: 0, value: first },
    { at: warmup * steps - 1, value: top },
    ...(threePhases ? [{ at: 2 * warmup * steps - 2, value: first }] : []),
    { at: steps - 1, value: last },
  ];
  const path = anneal === 'cosine' ? cosineBetween : between;
  return (t) => {
    const next = turns.findIndex(({ at }, i) => i > 0 && t <= at);
    if (next < 0) return last;
    const [from, to] = [turns[next - 1]!, turns[next]!];
    return path(from.value, to.value, (t - from.at) / (to.at - from.at));
  };
}

/** Up to max and down to almost nothing, once. Smith 2018; the form of fastai and PyTorch. */
export function oneCycle(options: OneCycleOptions): Schedule {
  const o = checkOptions('schedules.oneCycle', options, oneCycleRules);
  const first = o.max / o.divideBy;
  return once('schedules.oneCycle', o, first, o.max, first / o.finalDivideBy);
}

export interface OneCycleMomentumOptions extends Pick<OneCycleOptions, 'steps' | 'warmup' | 'anneal' | 'threePhases'> {
  /** Where the rate is greatest. Default 0.85. */
  readonly low?: number;
  /** At both ends. Default 0.95. */
  readonly high?: number;
}

const momentum = (value: number) => withDefault(numberIn(0, 1, 'high'), value);

const oneCycleMomentumRules = {
  steps: oneCycleRules.steps,
  warmup: oneCycleRules.warmup,
  anneal: oneCycleRules.anneal,
  threePhases: oneCycleRules.threePhases,
  low: momentum(0.85),
  high: momentum(0.95),
} satisfies Rules<OneCycleMomentumOptions>;

/**
 * The momentum that goes with `oneCycle`, down while the rate goes up and up again:
 *
 *     const cycle = { steps: 1000, warmup: 0.3 };
 *     optim.sgd({ lr: schedules.oneCycle({ max: 0.1, ...cycle }), momentum: schedules.oneCycleMomentum(cycle) });
 *
 * For `betas: [schedule, 0.999]` of Adam, too.
 */
export function oneCycleMomentum(options: OneCycleMomentumOptions): Schedule {
  const { low, high, ...cycle } = checkOptions('schedules.oneCycleMomentum', options, oneCycleMomentumRules);
  return once('schedules.oneCycleMomentum', cycle, high, low, high);
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
  const { base, max, ...wave } = checkOptions('schedules.cyclic', options, cyclicRules);
  const height = heights(wave);
  return (t) => base + (max - base) * height(t);
}

export interface CyclicMomentumOptions extends Omit<CyclicOptions, 'base' | 'max'> {
  /** Where the rate is greatest. Default 0.8. */
  readonly low?: number;
  /** Where it is least. Default 0.9. */
  readonly high?: number;
}

const { up, down, mode, gamma } = cyclicRules;
const cyclicMomentumRules = { up, down, mode, gamma, low: momentum(0.8), high: momentum(0.9) } satisfies Rules<CyclicMomentumOptions>;

/** The momentum that goes with `cyclic`, down while the rate goes up. */
export function cyclicMomentum(options?: CyclicMomentumOptions): Schedule {
  const { low, high, ...wave } = checkOptions('schedules.cyclicMomentum', options, cyclicMomentumRules);
  const height = heights(wave);
  return (t) => high - (high - low) * height(t);
}

interface Wave {
  readonly up: number;
  readonly down: number;
  readonly mode: 'triangular' | 'halving' | 'exponential';
  readonly gamma: number;
}

/** How far up the wave is, from 0 to 1. */
function heights({ up, down: given, mode, gamma }: Wave): Schedule {
  const down = given || up;
  return (t) => {
    const cycle = Math.floor(t / (up + down));
    const at = t - cycle * (up + down);
    const height = at <= up ? at / up : (up + down - at) / down;
    const shrunk = mode === 'halving' ? 0.5 ** cycle : mode === 'exponential' ? gamma ** t : 1;
    return height * shrunk;
  };
}
