import { checkOptions, custom, type Rules, withDefault } from '../../options.js';
import type { Callback, RunContext } from './callback.js';

export interface StopOnSignalOptions {
  /** Default SIGINT and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[];
  /** Writes a checkpoint before the run ends: `join(directory, 'last.safetensors')` is what `resume` goes on from. */
  readonly checkpoint?: string;
}

const rules = {
  signals: withDefault(
    custom<readonly NodeJS.Signals[]>(
      'a list of signal names',
      (value) => Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && /^SIG[A-Z0-9]+$/.test(name)),
    ),
    ['SIGINT', 'SIGTERM'],
  ),
  checkpoint: withDefault(
    custom<string | undefined>('a path', (value) => typeof value === 'string'),
    undefined,
  ),
} satisfies Rules<StopOnSignalOptions>;

class StopOnSignal implements Callback {
  private readonly options;
  private received = false;
  private readonly note = () => {
    this.received = true;
  };

  constructor(options: StopOnSignalOptions | undefined) {
    this.options = checkOptions('callbacks.stopOnSignal', options, rules);
  }

  runBegin(): void {
    this.received = false;
    for (const name of this.options.signals) process.on(name, this.note);
  }

  progress(_: unknown, run: RunContext): void {
    if (!this.received) return;
    if (this.options.checkpoint !== undefined) run.checkpoint(this.options.checkpoint);
    run.stop('signal');
  }

  epochEnd(_: unknown, run: RunContext): void {
    this.progress(_, run);
  }

  runEnd(): void {
    for (const name of this.options.signals) process.off(name, this.note);
  }
}

/**
 * Ends a run at the next step's end when the process gets SIGINT or SIGTERM, instead of the process:
 * `stopReason: 'signal'`. What the process does then is for its own code.
 */
export function stopOnSignal(options?: StopOnSignalOptions): Callback {
  return new StopOnSignal(options);
}
