import { callable, checkOptions, optional, positiveInteger, type Rules, withDefault } from '../../options.js';
import type { EpochEvent } from '../events.js';
import { checkUp, type HealthLimits, limitRules } from '../health/checkup.js';
import { emitFindings, type Finding, Told } from '../health/finding.js';
import type { Callback, RunContext } from './callback.js';

export interface HealthOptions extends HealthLimits {
  /** Beside the begin of the run. Default 1. */
  readonly everyEpochs?: number;
  /** Rows that are looked at, at most those of the data. Default 512. */
  readonly rows?: number;
  /** Gets each finding, each kind and path once a run; a promise is waited for. Default: a warning of the process. */
  readonly onWarning?: (finding: Finding, run: RunContext) => unknown;
}

const rules = {
  ...limitRules,
  everyEpochs: withDefault(positiveInteger(), 1),
  rows: withDefault(positiveInteger(), 512),
  onWarning: optional(callable<NonNullable<HealthOptions['onWarning']>>()),
} satisfies Rules<HealthOptions>;

class Health implements Callback {
  private readonly options;
  private told = new Told();

  constructor(options: HealthOptions | undefined) {
    this.options = checkOptions('callbacks.health', options, rules);
  }

  async runBegin(run: RunContext): Promise<void> {
    this.told = new Told();
    await this.check(run);
  }

  async epochEnd({ epoch }: EpochEvent, run: RunContext): Promise<void> {
    if (epoch % this.options.everyEpochs === 0) await this.check(run);
  }

  private async check(run: RunContext): Promise<void> {
    const { everyEpochs: _, rows, onWarning, ...limits } = this.options;
    const probe = await run.probe({ rows, activations: true });
    if (!probe) return;
    const findings = this.told.fresh(checkUp(probe, limits));
    if (!onWarning) return emitFindings('callbacks.health', findings);
    for (const finding of findings) await onWarning(finding, run);
  }
}

/**
 * Looks for dead and saturated units and for gradients that vanish or explode, when the run begins
 * and after every `everyEpochs` epochs, and says where, how much, why and what to try.
 */
export function health(options?: HealthOptions): Callback {
  return new Health(options);
}
