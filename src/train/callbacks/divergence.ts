import { OptionError } from '../../errors.js';
import { checkOptions, finite, numberIn, optional, type Rules, text } from '../../options.js';
import type { EpochEvent } from '../events.js';
import type { Callback, RunContext } from './callback.js';
import { anyNumber, Monitor } from './monitor.js';

export interface DivergenceOptions {
  /** A value that should fall. Default `loss`. */
  readonly monitor?: string;
  /** Stops when the value is above this. */
  readonly above?: number;
  /** Stops when the value is above this many times the best so far; for values above 0. Default 10 if `above` is not given. */
  readonly factor?: number;
}

const rules = {
  monitor: optional(text()),
  above: optional(finite()),
  factor: optional(numberIn(1, Number.MAX_VALUE, 'low')),
} satisfies Rules<DivergenceOptions>;

const stateRules = { best: anyNumber() };

class Divergence implements Callback {
  private readonly monitorName: string;
  private readonly above: number;
  private readonly factor: number;
  private monitor: Monitor | undefined;
  private best = Number.POSITIVE_INFINITY;

  constructor(options: DivergenceOptions | undefined) {
    const { monitor = 'loss', above, factor } = checkOptions('callbacks.divergence', options, rules);
    this.monitorName = monitor;
    this.above = above ?? Number.POSITIVE_INFINITY;
    this.factor = factor ?? (above === undefined ? 10 : Number.POSITIVE_INFINITY);
  }

  runBegin(run: RunContext): void {
    this.monitor = Monitor.of('callbacks.divergence', { monitor: this.monitorName, mode: 'min' }, run);
    this.best = Number.POSITIVE_INFINITY;
  }

  epochEnd(event: EpochEvent, run: RunContext): void {
    const value = this.monitor!.value(event);
    if (this.factor !== Number.POSITIVE_INFINITY && value < 0) {
      throw new OptionError(
        `callbacks.divergence: ${this.monitorName} is ${value}; a factor needs values of 0 or more, give above instead`,
      );
    }
    if (Number.isNaN(value) || value > this.above || value > this.factor * this.best) run.stop('divergence');
    this.best = Math.min(this.best, value);
  }

  saveState(): unknown {
    return { best: this.best };
  }

  loadState(state: unknown): void {
    this.best = checkOptions('callbacks.divergence', state, stateRules).best;
  }
}

/**
 * Ends a run whose loss has grown far above its best, with `stopReason: 'divergence'`. Losses that
 * are not finite end every run, with `NonFiniteError`.
 */
export function divergence(options?: DivergenceOptions): Callback {
  return new Divergence(options);
}
