import { bool, checkOptions, integer, nonNegative, positiveInteger, type Rules, withDefault } from '../../options.js';
import type { EpochEvent } from '../events.js';
import type { Callback, RunContext } from './callback.js';
import { anyNumber, Monitor, type MonitorOptions, monitorRules } from './monitor.js';

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Only a change by more than this counts as better. Default 0. */
  readonly minDelta?: number;
  /** Epochs without anything better after which the run stops. Default 5. */
  readonly patience?: number;
  /** Gives the model the weights of its best epoch when the run ends, however it ends. Default false. */
  readonly restoreBest?: boolean;
}

const rules = {
  ...monitorRules,
  minDelta: withDefault(nonNegative(), 0),
  patience: withDefault(positiveInteger(), 5),
  restoreBest: withDefault(bool(), false),
} satisfies Rules<EarlyStoppingOptions>;

const stateRules = { best: anyNumber(), bestEpoch: integer(0) };

class EarlyStopping implements Callback {
  private readonly options;
  private monitor: Monitor | undefined;
  private best = Number.POSITIVE_INFINITY;
  private bestEpoch = 0;

  constructor(options: EarlyStoppingOptions | undefined) {
    this.options = checkOptions('callbacks.earlyStopping', options, rules);
  }

  runBegin(run: RunContext): void {
    this.monitor = Monitor.of('callbacks.earlyStopping', this.options, run);
    this.best = Number.POSITIVE_INFINITY;
    this.bestEpoch = 0;
  }

  saveState(): unknown {
    return { best: this.best, bestEpoch: this.bestEpoch };
  }

  loadState(state: unknown): void {
    const { best, bestEpoch } = checkOptions('callbacks.earlyStopping', state, stateRules);
    this.best = best;
    this.bestEpoch = bestEpoch;
  }

  async epochEnd(event: EpochEvent, run: RunContext): Promise<void> {
    const score = this.monitor!.score(event);
    const { minDelta, patience, restoreBest } = this.options;
    if (score < this.best - minDelta) {
      this.best = score;
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
