import { checkOptions, integer, nonNegative, numberIn, oneOf, type Rules, withDefault } from '../../options.js';
import type { EpochEvent } from '../events.js';
import type { Callback, RunContext } from './callback.js';
import { anyNumber, Monitor, type MonitorOptions, monitorRules } from './monitor.js';

export interface ReduceOnPlateauOptions extends MonitorOptions {
  /** What the rate is multiplied by. Default 0.1. */
  readonly factor?: number;
  /** Epochs without anything better that are borne. Default 10. */
  readonly patience?: number;
  /** Only a change by more than this counts as better. Default 1e-4. */
  readonly threshold?: number;
  /** `rel` (default): a share of the best value; `abs`: a difference from it. */
  readonly thresholdMode?: 'rel' | 'abs';
  /** Epochs after a reduction that do not count. Default 0. */
  readonly cooldown?: number;
  /** No rate below it. Default 0. */
  readonly minLr?: number;
  /** A reduction by less is left out. Default 1e-8. */
  readonly eps?: number;
}

const rules = {
  ...monitorRules,
  factor: withDefault(numberIn(0, 1, 'both'), 0.1),
  patience: withDefault(integer(0), 10),
  threshold: withDefault(nonNegative(), 1e-4),
  thresholdMode: withDefault(oneOf('rel', 'abs'), 'rel'),
  cooldown: withDefault(integer(0), 0),
  minLr: withDefault(nonNegative(), 0),
  eps: withDefault(nonNegative(), 1e-8),
} satisfies Rules<ReduceOnPlateauOptions>;

const stateRules = { best: anyNumber(), bad: integer(0), cooling: integer(0) };

class ReduceOnPlateau implements Callback {
  private readonly options;
  private monitor: Monitor | undefined;
  private best = 0;
  private bad = 0;
  private cooling = 0;

  constructor(options: ReduceOnPlateauOptions | undefined) {
    this.options = checkOptions('callbacks.reduceOnPlateau', options, rules);
  }

  runBegin(run: RunContext): void {
    this.monitor = Monitor.of('callbacks.reduceOnPlateau', this.options, run);
    this.best = this.monitor.mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    this.bad = 0;
    this.cooling = 0;
    // Throws now, and not in a later epoch, if a schedule gives the rate.
    run.lr = Number(run.lr);
  }

  epochEnd(event: EpochEvent, run: RunContext): void {
    const { patience, cooldown } = this.options;
    const value = this.monitor!.value(event);
    if (this.isBetter(value)) {
      this.best = value;
      this.bad = 0;
    } else {
      this.bad++;
    }
    if (this.cooling > 0) {
      this.cooling--;
      this.bad = 0;
    }
    if (this.bad <= patience) return;
    this.reduce(run);
    this.cooling = cooldown;
    this.bad = 0;
  }

  saveState(): unknown {
    return { best: this.best, bad: this.bad, cooling: this.cooling };
  }

  loadState(state: unknown): void {
    Object.assign(this, checkOptions('callbacks.reduceOnPlateau', state, stateRules));
  }

  private isBetter(value: number): boolean {
    const { threshold, thresholdMode } = this.options;
    const relative = thresholdMode === 'rel';
    if (this.monitor!.mode === 'min') return value < (relative ? this.best * (1 - threshold) : this.best - threshold);
    return value > (relative ? this.best * (1 + threshold) : this.best + threshold);
  }

  private reduce(run: RunContext): void {
    const { factor, minLr, eps } = this.options;
    const reduced = Math.max(run.lr * factor, minLr);
    if (run.lr - reduced > eps) run.lr = reduced;
  }
}

/**
 * Multiplies the learning rate by `factor` when a value has not become better for `patience`
 * epochs; PyTorch's `ReduceLROnPlateau`. The optimizer's `lr` must be a number: a run with a
 * schedule rejects with `StateError`.
 */
export function reduceOnPlateau(options?: ReduceOnPlateauOptions): Callback {
  return new ReduceOnPlateau(options);
}
