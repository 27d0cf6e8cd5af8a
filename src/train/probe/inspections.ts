/** What callbacks may look at while no step is taken. */

import { StateError } from '../../errors.js';
import { checkArgument, checkOptions } from '../../options.js';
import type { RunContext } from '../callbacks/callback.js';
import { type NormOrder, normOrder } from './gradientNorm.js';
import type { Moment } from './prober.js';
import { type CheckedProbeRequest, type Probe, probeRules } from './report.js';

/** All undefined if they were cut off. */
export interface Inspected {
  probe(request: CheckedProbeRequest, at: Moment): Promise<Probe | undefined>;
  gradientNorm(order: NormOrder, at: Moment): Promise<number | undefined>;
}

/** Looks one after the other, and keeps the steps of the run from beginning meanwhile. */
export class Inspections {
  private looking: Promise<unknown> = Promise.resolve();
  private state: 'open' | 'stepping' | 'closed' = 'open';

  constructor(
    private readonly plan: Inspected,
    private readonly moment: () => Moment,
  ) {}

  readonly hooks: Pick<RunContext, 'probe' | 'gradientNorm'> = {
    probe: (request) => {
      const checked = checkOptions('run.probe', request, probeRules);
      return this.look('run.probe', (at) => this.plan.probe(checked, at));
    },
    gradientNorm: (order) => {
      const checked = order === undefined ? 'max' : checkArgument('run.gradientNorm', 'order', order, normOrder());
      return this.look('run.gradientNorm', (at) => this.plan.gradientNorm(checked, at));
    },
  };

  /** Runs steps when nobody looks any more; until they are done nobody may. */
  async during<T>(steps: () => Promise<T>): Promise<T> {
    await this.looking;
    this.state = 'stepping';
    try {
      return await steps();
    } finally {
      this.state = 'open';
    }
  }

  close(): void {
    this.state = 'closed';
  }

  private look<T>(where: string, body: (at: Moment) => Promise<T>): Promise<T> {
    if (this.state === 'closed') throw new StateError(`${where}: the run has ended`);
    if (this.state === 'stepping') throw new StateError(`${where}: steps are being taken; call it in a hook, which the run waits for`);
    const done = this.looking.then(() => body(this.moment()));
    this.looking = done.catch(() => undefined);
    return done;
  }
}
