import { checkArgument, checkOptions, custom, integer, oneOf, positiveInteger, type Rules, withDefault } from '../../options.js';
import { linear } from './decay.js';
import { cosineBetween, isRate, rate, type Schedule } from './schedule.js';

/** The same rate in every step: for the parts of a chain. */
export function constant(lr: number): Schedule {
  checkArgument('schedules.constant', 'lr', lr, rate());
  return () => lr;
}

export interface Part {
  readonly schedule: number | Schedule;
  /** How long it lasts. The last part needs none: it lasts for ever. */
  readonly steps?: number;
}

const isPart = (value: unknown): value is Part => {
  const { schedule, steps } = (value ?? {}) as Partial<Part>;
  return (typeof schedule === 'function' || isRate(schedule)) && (steps === undefined || (Number.isSafeInteger(steps) && steps > 0));
};
const parts = custom<readonly Part[]>(
  'one { schedule, steps } or more; the last needs no steps',
  (list) =>
    Array.isArray(list) && list.length > 0 && list.every((part, i) => isPart(part) && (part.steps !== undefined || i === list.length - 1)),
);

/** Schedules one after the other, each with steps that count from 0 again. */
export function chain(...list: readonly Part[]): Schedule {
  checkArgument('schedules.chain', 'parts', list, parts);
  const last = list.length - 1;
  return (t) => {
    let begin = 0;
    for (const { schedule, steps } of list.slice(0, last)) {
      if (t < begin + steps!) return rateOf(schedule, t - begin);
      begin += steps!;
    }
    return rateOf(list[last]!.schedule, t - begin);
  };
}

const rateOf = (schedule: number | Schedule, step: number): number => (typeof schedule === 'number' ? schedule : schedule(step));

export interface WarmupOptions {
  readonly steps: number;
  /** The first rate. Default 0. */
  readonly from?: number;
}

const warmupRules = { steps: positiveInteger(), from: withDefault(rate(), 0) } satisfies Rules<WarmupOptions>;

/** In a straight line from `from` to the first rate of `schedule`, then that schedule. */
export function warmup(schedule: number | Schedule, options: WarmupOptions): Schedule {
  const { steps, from } = checkOptions('schedules.warmup', options, warmupRules);
  return chain({ schedule: linear({ from, to: rateOf(schedule, 0), steps }), steps }, { schedule });
}

export interface WarmupStableDecayOptions {
  readonly lr: number;
  /** Steps of growth from 0. */
  readonly warmup: number;
  /** Steps at lr. */
  readonly stable: number;
  /** Steps down to end. */
  readonly decay: number;
  /** Default 0. */
  readonly end?: number;
  /** Of the way down. Default linear. */
  readonly anneal?: 'linear' | 'cosine';
}

const wsdRules = {
  lr: rate(),
  warmup: integer(0),
  stable: integer(0),
  decay: positiveInteger(),
  end: withDefault(rate(), 0),
  anneal: withDefault(oneOf('linear', 'cosine'), 'linear'),
} satisfies Rules<WarmupStableDecayOptions>;

/** Up, level, down: the length of the level part need not be known when a run begins. Hu et al. 2024. */
export function warmupStableDecay(options: WarmupStableDecayOptions): Schedule {
  const { lr, warmup, stable, decay, end, anneal } = checkOptions('schedules.warmupStableDecay', options, wsdRules);
  return (t) => {
    if (t < warmup) return (lr * t) / warmup;
    const down = Math.min(Math.max(t - warmup - stable, 0) / decay, 1);
    return anneal === 'cosine' ? cosineBetween(lr, end, down) : lr + (end - lr) * down;
  };
}
