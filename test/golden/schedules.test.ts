/** Learning rates of every step against PyTorch's schedulers, on the fixtures of scripts/golden. */

import { describe, expect, it } from 'vitest';
import { type Schedule, schedules } from '../../src/index.js';
import { fixture } from './fixtures.js';

type Options = Record<string, never>;

interface Case {
  readonly name: string;
  readonly baseLr: number;
  readonly options: Options;
  readonly lr: readonly number[];
  readonly momentum?: readonly number[];
}

const { cases } = fixture<{ cases: Case[] }>('schedules');

/** The same schedule in our words. */
const ours: Record<string, (lr: number, o: Options) => Schedule> = {
  constant: (lr, o) => schedules.chain({ schedule: lr * o.factor!, steps: o.totalIters! }, { schedule: lr }),
  step: (lr, o) => schedules.step({ lr, every: o.stepSize!, gamma: o.gamma! }),
  multiStep: (lr, o) => schedules.multiStep({ lr, milestones: o.milestones!, gamma: o.gamma! }),
  exponential: (lr, o) => schedules.exponential({ lr, gamma: o.gamma! }),
  polynomial: (lr, o) => schedules.polynomial({ lr, steps: o.totalIters!, power: o.power! }),
  linear: (lr, o) => schedules.linear({ from: lr * o.startFactor!, to: lr * o.endFactor!, steps: o.totalIters! }),
  cosineAnnealing: (lr, o) => schedules.cosine({ lr, steps: o.tMax!, end: o.etaMin! }),
  cosineWarmRestarts: (lr, o) => schedules.cosineRestarts({ lr, steps: o.t0!, factor: o.tMult!, end: o.etaMin! }),
  oneCycle: (_, o) =>
    schedules.oneCycle({
      max: o.maxLr!,
      steps: o.totalSteps!,
      warmup: o.pctStart!,
      divideBy: o.divFactor!,
      finalDivideBy: o.finalDivFactor!,
      anneal: o.anneal === ('cos' as never) ? 'cosine' : 'linear',
      threePhases: o.threePhase!,
    }),
  cyclic: (_, o) =>
    schedules.cyclic({
      base: o.baseLr!,
      max: o.maxLr!,
      up: o.stepSizeUp!,
      down: o.stepSizeDown!,
      mode: ({ triangular: 'triangular', triangular2: 'halving', exp_range: 'exponential' } as const)[o.mode! as 'triangular'],
      gamma: o.gamma ?? 1,
    }),
  'warmup cosine': (lr, o) => {
    const { linear, cosineAnnealing } = o as unknown as { linear: Options; cosineAnnealing: Options };
    const cosine = schedules.cosine({ lr, steps: cosineAnnealing.tMax!, end: cosineAnnealing.etaMin! });
    return schedules.warmup(cosine, { steps: linear.totalIters!, from: lr * linear.startFactor! });
  },
  chain: (lr, o) => {
    const { exponential, constant, polynomial, milestones } = o as unknown as Record<string, Options> & { milestones: [number, number] };
    return schedules.chain(
      { schedule: schedules.exponential({ lr, gamma: exponential!.gamma! }), steps: milestones[0] },
      { schedule: schedules.constant(lr * constant!.factor!), steps: milestones[1] - milestones[0] },
      { schedule: schedules.polynomial({ lr, steps: polynomial!.totalIters!, power: polynomial!.power! }) },
    );
  },
  warmupStableDecay: (lr, o) =>
    schedules.warmupStableDecay({ lr, warmup: o.warmup!, stable: o.stable!, decay: o.decay!, end: lr * o.endFactor! }),
  noam: (_, o) => schedules.noam({ dimension: o.dimension!, warmup: o.warmup!, scale: o.scale! }),
  inverseTime: (lr, o) => schedules.inverseTime({ lr, decay: o.decay! }),
};

/** The momentum that goes with the rate, for the cases that have one. */
const oursMomentum: Record<string, (o: Options) => Schedule> = {
  oneCycle: (o) =>
    schedules.oneCycleMomentum({
      low: o.baseMomentum!,
      high: o.maxMomentum!,
      steps: o.totalSteps!,
      warmup: o.pctStart!,
      anneal: o.anneal === ('cos' as never) ? 'cosine' : 'linear',
      threePhases: o.threePhase!,
    }),
  cyclic: (o) => schedules.cyclicMomentum({ low: o.baseMomentum!, high: o.maxMomentum!, up: o.stepSizeUp!, down: o.stepSizeDown! }),
};

describe.each(cases.map((c, i) => ({ ...c, title: `${c.name} (${i})` })))('$title', ({ name, baseLr, options, lr }) => {
  it("gives PyTorch's rate in every step", () => {
    const schedule = ours[name]!(baseLr, options);
    // Past its end torch's cosine rises again; ours stays.
    const compared = name === 'cosineAnnealing' ? lr.slice(0, (options as unknown as { tMax: number }).tMax + 1) : lr;
    for (const [step, expected] of compared.entries()) {
      expect(Math.abs(schedule(step) - expected), `step ${step}`).toBeLessThan(1e-13 * baseLr);
    }
  });

  it('can be asked for any step, in any order', () => {
    const [once, again] = [ours[name]!(baseLr, options), ours[name]!(baseLr, options)];
    expect([59, 3, 1e6, 0, 17].map(once)).toEqual([59, 3, 1e6, 0, 17].map(again));
    expect(once(1e6)).toBeGreaterThanOrEqual(0);
  });
});

it.each(cases.flatMap((c, i) => (c.momentum ? [{ ...c, momentum: c.momentum, title: `${c.name} (${i})` }] : [])))(
  "$title gives PyTorch's momentum in every step",
  ({ name, options, momentum }) => {
    const schedule = oursMomentum[name]!(options);
    expect(momentum).toHaveLength(60);
    for (const [step, expected] of momentum.entries()) expect(Math.abs(schedule(step) - expected), `step ${step}`).toBeLessThan(1e-13);
  },
);
