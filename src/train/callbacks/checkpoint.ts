import { mkdir, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OptionError } from '../../errors.js';
import { checkOptions, custom, integer, optional, positive, positiveInteger, type Rules, text, withDefault } from '../../options.js';
import { LAST } from '../checkpoint/resume.js';
import type { EpochEvent, ProgressEvent } from '../events.js';
import type { Callback, RunContext } from './callback.js';
import { Monitor, type MonitorOptions, monitorRules } from './monitor.js';

export interface CheckpointOptions extends MonitorOptions {
  /** Made if it is not there. One run at a time may write to it. */
  readonly directory: string;
  /** Epochs between two checkpoints. Default 1, unless `everySteps` or `everyMinutes` is given. */
  readonly everyEpochs?: number;
  /** Steps between two checkpoints, rounded up to where the core comes back to JavaScript: some tens of milliseconds. */
  readonly everySteps?: number;
  /** Minutes between two checkpoints, rounded up likewise. */
  readonly everyMinutes?: number;
  /** How many of the best epochs are kept beside the last, as `epoch-0007.safetensors`. Default 0. */
  readonly best?: number;
}

const rules = {
  directory: text(),
  everyEpochs: optional(positiveInteger()),
  everySteps: optional(positiveInteger()),
  everyMinutes: optional(positive()),
  best: withDefault(integer(0), 0),
  ...monitorRules,
} satisfies Rules<CheckpointOptions>;

interface Kept {
  readonly epoch: number;
  /** Less is better. */
  readonly score: number;
}

const isKept = (value: unknown) => {
  const { epoch, score } = (value ?? {}) as Partial<Kept>;
  return Number.isSafeInteger(epoch) && typeof score === 'number';
};
const stateRules = { kept: custom<readonly Kept[]>('a list of epochs', (value) => Array.isArray(value) && value.every(isKept)) };

class Checkpoint implements Callback {
  private readonly options;
  private monitor: Monitor | undefined;
  private savedStep = 0;
  private savedAt = 0;
  private kept: readonly Kept[] = [];

  constructor(options: CheckpointOptions) {
    this.options = checkOptions('callbacks.checkpoint', options, rules);
    const { monitor, mode, best } = this.options;
    if (best === 0 && (monitor !== undefined || mode !== undefined)) {
      throw new OptionError('callbacks.checkpoint: monitor and mode choose the best epochs, but best is 0: none is kept');
    }
  }

  async runBegin(run: RunContext): Promise<void> {
    const { directory, best } = this.options;
    this.monitor = best > 0 ? Monitor.of('callbacks.checkpoint', this.options, run) : undefined;
    this.savedStep = 0;
    this.savedAt = performance.now();
    this.kept = [];
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(directory)) {
      if (/^\.(last|epoch-\d+)\.safetensors\..*\.tmp$/.test(name)) await unlink(join(directory, name));
    }
  }

  progress({ step }: ProgressEvent, run: RunContext): void {
    if (this.isDue(step) || step === run.steps) this.save(step, run);
  }

  async epochEnd(event: EpochEvent, run: RunContext): Promise<void> {
    const { everyEpochs, everySteps, everyMinutes } = this.options;
    const each = everyEpochs ?? (everySteps === undefined && everyMinutes === undefined ? 1 : undefined);
    if (
      (each !== undefined && event.epoch % each === 0) ||
      this.isDue(event.step) ||
      event.epoch === run.epochs ||
      event.step === run.steps
    ) {
      this.save(event.step, run);
    }
    if (this.monitor) await this.keepBest({ epoch: event.epoch, score: this.monitor.score(event) }, run);
  }

  saveState(): unknown {
    return { kept: this.kept };
  }

  loadState(state: unknown): void {
    this.kept = checkOptions('callbacks.checkpoint', state, stateRules).kept;
  }

  private isDue(step: number): boolean {
    const { everySteps, everyMinutes } = this.options;
    const byStep = everySteps !== undefined && step - this.savedStep >= everySteps;
    return byStep || (everyMinutes !== undefined && performance.now() - this.savedAt >= everyMinutes * 60_000);
  }

  private save(step: number, run: RunContext): void {
    this.savedStep = step;
    this.savedAt = performance.now();
    run.checkpoint(join(this.options.directory, LAST));
  }

  private pathOf(epoch: number): string {
    return join(this.options.directory, `epoch-${String(epoch).padStart(4, '0')}.safetensors`);
  }

  private async keepBest(now: Kept, run: RunContext): Promise<void> {
    const { best } = this.options;
    const sorted = [...this.kept, now].sort((a, b) => a.score - b.score || a.epoch - b.epoch);
    this.kept = sorted.slice(0, best);
    const dropped = sorted[best];
    if (dropped === now) return;
    run.checkpoint(this.pathOf(now.epoch));
    if (dropped) await unlink(this.pathOf(dropped.epoch)).catch(() => undefined);
  }
}

/**
 * Writes everything that `fit` needs to go on after the process is gone: weights, the optimizer's
 * state, the position in the epoch, the history, what callbacks keep. `last.safetensors` in the
 * folder is what `fit(…, { resume: directory })` goes on from, to the bit. Each file appears whole
 * or not at all and carries a checksum.
 */
export function checkpoint(options: CheckpointOptions): Callback {
  return new Checkpoint(options);
}
