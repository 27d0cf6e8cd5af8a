import { checkOptions, finite, type Rules } from '../../options.js';
import type { EpochEvent } from '../events.js';
import type { Callback, RunContext } from './callback.js';
import { Monitor, type MonitorOptions, monitorRules } from './monitor.js';

export interface StopAtOptions extends MonitorOptions {
  /** As good as this is good enough. */
  readonly value: number;
}

const rules = { ...monitorRules, value: finite() } satisfies Rules<StopAtOptions>;

/** Ends a run after the first epoch whose value is at the target or better, with `stopReason: 'target'`. */
export function stopAt(options: StopAtOptions): Callback {
  const checked = checkOptions('callbacks.stopAt', options, rules);
  let monitor: Monitor;
  return {
    runBegin(run: RunContext) {
      monitor = Monitor.of('callbacks.stopAt', checked, run);
    },
    epochEnd(event: EpochEvent, run: RunContext) {
      const value = monitor.value(event);
      if (monitor.mode === 'min' ? value <= checked.value : value >= checked.value) run.stop('target');
    },
  };
}
