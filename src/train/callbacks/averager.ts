import { CheckpointError, OptionError } from '../../errors.js';
import type { AverageRule } from '../training.js';
import type { Callback } from './callback.js';

/**
 * A callback that has the steps of its run keep an average of the weights. `fit` finds it among the
 * callbacks; all it does itself is to see that a run goes on with the same options.
 */
export class Averager implements Callback {
  constructor(
    private readonly where: string,
    private readonly options: object,
    readonly ruleFor: (stepsPerEpoch: number) => AverageRule,
  ) {}

  saveState(): unknown {
    return { [this.where]: this.options };
  }

  loadState(state: unknown): void {
    const [then, now] = [JSON.stringify(state), JSON.stringify(this.saveState())];
    if (then !== now)
      throw new CheckpointError(`${this.where}: the run to go on with averaged by ${then}, found ${now}`, { op: this.where });
  }
}

/** The one among the callbacks. */
export function averagerOf(callbacks: readonly Callback[]): Averager | undefined {
  const [first, second] = callbacks.filter((callback) => callback instanceof Averager);
  if (second) throw new OptionError('fit: two callbacks average the weights, expected one', { op: 'fit' });
  return first;
}
