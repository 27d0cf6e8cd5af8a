import { OptionError } from '../../errors.js';
import { suggestion } from '../../nearest.js';
import { bool, checkOptions, nonNegative, oneOf, optional, positiveInteger, type Rules, text, withDefault } from '../../options.js';
import { type EpochEvent, monitored } from '../events.js';
import type { Callback, RunContext } from './callback.js';

export interface EarlyStoppingOptions {
  /** `loss`, a metric's name, or either after `validation.`. Default: `validation.loss` where there is validation data, else `loss`. */
  readonly monitor?: string;
  /** Only a change by more than this counts as better. Default 0. */
  readonly minDelta?: number;
  /** Epochs without anything better after which the run stops. Default 5. */
  readonly patience?: number;
  /** Whether less or more is better. Default: `max` for names with accuracy, topK or r2, else `min`. */
  readonly mode?: 'min' | 'max';
  /** Gives the model the weights of its best epoch when the run ends, however it ends. Default false. */
  readonly restoreBest?: boolean;
}

const rules = {
  monitor: optional(text()),
  minDelta: withDefault(nonNegative(), 0),
  patience: withDefault(positiveInteger(), 5),
  mode: optional(oneOf('min', 'max')),
  restoreBest: withDefault(bool(), false),
} satisfies Rules<EarlyStoppingOptions>;

class EarlyStopping implements Callback {
  private readonly options;
  private monitor = '';
  private sign = 1;
  private best = Number.POSITIVE_INFINITY;
  private bestEpoch = 0;

  constructor(options: EarlyStoppingOptions | undefined) {
    this.options = checkOptions('callbacks.earlyStopping', options, rules);
  }

  runBegin(run: RunContext): void {
    this.monitor = this.options.monitor ?? (run.monitors.includes('validation.loss') ? 'validation.loss' : 'loss');
    if (!run.monitors.includes(this.monitor)) {
      const hint = suggestion(this.monitor, run.monitors);
      throw new OptionError(`callbacks.earlyStopping: this run has no value ${JSON.stringify(this.monitor)} to monitor${hint}`);
    }
    const mode = this.options.mode ?? (/accuracy|topK|r2/.test(this.monitor) ? 'max' : 'min');
    this.sign = mode === 'min' ? 1 : -1;
    this.best = Number.POSITIVE_INFINITY;
    this.bestEpoch = 0;
  }

  async epochEnd(event: EpochEvent, run: RunContext): Promise<void> {
    const value = monitored(event, this.monitor);
    if (typeof value !== 'number') {
      throw new OptionError(`callbacks.earlyStopping: ${JSON.stringify(this.monitor)} is not a number, it cannot be monitored`);
    }
    const { minDelta, patience, restoreBest } = this.options;
    if (this.sign * value < this.best - minDelta) {
      this.best = this.sign * value;
      this.bestEpoch = event.epoch;
      if (restoreBest) run.finishWith(await run.snapshot());
    } else if (event.epoch - this.bestEpoch >= patience) {
      run.stop('earlyStopping');
    }
  }
}

/** Stops a run when a value has not become better for some epochs. */
export function earlyStopping(options?: EarlyStoppingOptions): Callback {
  return new EarlyStopping(options);
}
