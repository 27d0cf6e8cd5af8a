import type { Model } from '../../nn/module.js';
import { checkOptions, custom, type Rules } from '../../options.js';
import { isPlain } from '../../plain.js';
import type { Callback } from './callback.js';

export interface UnfreezeEntry {
  /** The first epoch, from 1, in which these layers are trained. */
  readonly epoch: number;
  /** Paths of layers or parameters: `layers.2`, `encoder.top`. */
  readonly layers: string | readonly string[];
}

export interface UnfreezeOptions {
  readonly schedule: readonly UnfreezeEntry[];
}

const isText = (value: unknown): value is string => typeof value === 'string';

const isEntry = (value: unknown): boolean => {
  if (!isPlain(value) || Object.keys(value).some((key) => key !== 'epoch' && key !== 'layers')) return false;
  const { epoch, layers } = value;
  return Number.isSafeInteger(epoch) && (epoch as number) >= 1 && (isText(layers) || (Array.isArray(layers) && layers.every(isText)));
};

const rules = {
  schedule: custom<readonly UnfreezeEntry[]>(
    'a list of { epoch, layers }: the epoch from 1, a path or several',
    (value) => Array.isArray(value) && value.length > 0 && value.every(isEntry),
  ),
} satisfies Rules<UnfreezeOptions>;

/**
 * Gradual unfreezing (Howard and Ruder 2018): layers are frozen when the run begins and trained from
 * their epoch on.
 *
 *     callbacks.unfreeze({ schedule: [{ epoch: 3, layers: 'layers.2' }, { epoch: 5, layers: ['layers.0', 'layers.1'] }] })
 *
 * What is not in the schedule is trained or frozen as the model has it. While layers are frozen their
 * gradients are not computed. At their epoch the programs are traced anew; the optimizer begins with
 * them as with a new model and goes on with the others. A path that is not there refuses the run.
 */
export function unfreeze(options: UnfreezeOptions): Callback {
  const { schedule } = checkOptions('callbacks.unfreeze', options, rules);
  const set = (model: Model, { layers }: UnfreezeEntry, how: 'freeze' | 'unfreeze') => {
    for (const path of [layers].flat()) model[how](path);
  };
  let model: Model;
  return {
    setup(given) {
      model = given;
      for (const entry of schedule) set(model, entry, entry.epoch > 1 ? 'freeze' : 'unfreeze');
    },
    epochBegin(epoch) {
      for (const entry of schedule) if (entry.epoch === epoch) set(model, entry, 'unfreeze');
    },
  };
}
