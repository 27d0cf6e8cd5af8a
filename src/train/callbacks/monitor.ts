/** The value that a callback watches: which one, and which way is better. */

import { OptionError } from '../../errors.js';
import { suggestion } from '../../nearest.js';
import { custom, oneOf, optional, type Rules, text } from '../../options.js';
import { type EpochEvent, monitored } from '../events.js';
import type { RunContext } from './callback.js';

export interface MonitorOptions {
  /** `loss`, a metric's name, or either after `validation.`. Default: `validation.loss` where there is validation data, else `loss`. */
  readonly monitor?: string;
  /** Whether less or more is better. Default: by the name, see `betterWay`. */
  readonly mode?: 'min' | 'max';
}

export class Monitor {
  private constructor(
    private readonly where: string,
    readonly name: string,
    readonly mode: 'min' | 'max',
  ) {}

  /** Throws `OptionError` if the run has no such value. */
  static of(where: string, { monitor, mode }: MonitorOptions, run: RunContext): Monitor {
    const name = monitor ?? (run.monitors.includes('validation.loss') ? 'validation.loss' : 'loss');
    if (!run.monitors.includes(name)) {
      throw new OptionError(`${where}: this run has no value ${JSON.stringify(name)} to monitor${suggestion(name, run.monitors)}`);
    }
    return new Monitor(where, name, mode ?? betterWay(name));
  }

  /** Of an epoch. */
  value(event: EpochEvent): number {
    const value = monitored(event, this.name);
    if (typeof value === 'number') return value;
    throw new OptionError(`${this.where}: ${JSON.stringify(this.name)} is not a number, it cannot be monitored`);
  }

  /** Of an epoch; less is better whatever the mode. */
  score(event: EpochEvent): number {
    return this.mode === 'min' ? this.value(event) : -this.value(event);
  }
}

/**
 * Which way a value of this name is better: `max` where it has accuracy, topK, r2, precision, recall,
 * specificity, f1, fBeta, auc, iou, matthews, kappa or explainedVariance in it, else `min`.
 */
export function betterWay(name: string): 'min' | 'max' {
  const more = /accuracy|topK|r2|precision|recall|specificity|f1|fBeta|auc|iou|matthews|kappa|explainedVariance/i;
  return more.test(name) ? 'max' : 'min';
}

/** Rules of `MonitorOptions`. */
export const monitorRules = { monitor: optional(text()), mode: optional(oneOf('min', 'max')) } satisfies Rules<MonitorOptions>;

/** Of what a callback keeps in a checkpoint. */
export const anyNumber = () => custom<number>('a number', (value) => typeof value === 'number');
