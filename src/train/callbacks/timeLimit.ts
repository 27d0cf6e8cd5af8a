import { checkOptions, positive, type Rules } from '../../options.js';
import type { Callback, RunContext } from './callback.js';

export interface TimeLimitOptions {
  /** Since the run began, pauses of a resumed run left out. */
  readonly seconds: number;
}

const rules = { seconds: positive() } satisfies Rules<TimeLimitOptions>;

/**
 * Ends a run some tens of milliseconds after its time is up, in mid-epoch if need be, with
 * `stopReason: 'timeLimit'`.
 */
export function timeLimit(options: TimeLimitOptions): Callback {
  const { seconds } = checkOptions('callbacks.timeLimit', options, rules);
  const check = (_: unknown, run: RunContext) => {
    if (run.seconds >= seconds) run.stop('timeLimit');
  };
  return { progress: check, epochEnd: check };
}
