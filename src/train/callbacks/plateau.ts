import { checkOptions, custom, integer, nonNegative, optional, type Rules, text, withDefault } from '../../options.js';
import { mean } from '../../statistics.js';
import type { EpochEvent } from '../events.js';
import type { Callback, RunContext } from './callback.js';
import { Monitor } from './monitor.js';

export interface PlateauOptions {
  /** A value that falls while it improves. Default: `validation.loss` where there is validation data, else `loss`. */
  readonly monitor?: string;
  /** Epochs in each of the two means that are compared. Default 5. */
  readonly window?: number;
  /** Relative improvement of one mean over the other below which the run stops. Default 1e-3. */
  readonly threshold?: number;
}

const rules = {
  monitor: optional(text()),
  window: withDefault(integer(1), 5),
  threshold: withDefault(nonNegative(), 1e-3),
} satisfies Rules<PlateauOptions>;

const stateRules = {
  values: custom<number[]>('numbers', (value) => Array.isArray(value) && value.every((each) => typeof each === 'number')),
};

class Plateau implements Callback {
  private readonly options;
  private monitor: Monitor | undefined;
  /** Of the last epochs, at most two windows. */
  private values: number[] = [];

  constructor(options: PlateauOptions | undefined) {
    this.options = checkOptions('callbacks.plateau', options, rules);
  }

  runBegin(run: RunContext): void {
    this.monitor = Monitor.of('callbacks.plateau', { ...this.options, mode: 'min' }, run);
    this.values = [];
  }

  epochEnd(event: EpochEvent, run: RunContext): void {
    const { window, threshold } = this.options;
    this.values = [...this.values, this.monitor!.value(event)].slice(-2 * window);
    if (this.values.length < 2 * window) return;
    const [before, now] = [mean(this.values.slice(0, window)), mean(this.values.slice(window))];
    if (before - now < threshold * Math.abs(before)) run.stop('plateau');
  }

  saveState(): unknown {
    return { values: this.values };
  }

  loadState(state: unknown): void {
    this.values = checkOptions('callbacks.plateau', state, stateRules).values;
  }
}

/**
 * Ends a run when improvement has become negligible: the mean of the last `window` epochs is better
 * than that of the `window` before by less than `threshold` of it. `stopReason: 'plateau'`.
 */
export function plateau(options?: PlateauOptions): Callback {
  return new Plateau(options);
}
