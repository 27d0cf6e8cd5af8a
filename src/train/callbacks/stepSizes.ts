import { callable, checkOptions, optional, positiveInteger, type Rules, withDefault } from '../../options.js';
import type { EpochEvent } from '../events.js';
import { emitFindings, type Finding, Told } from '../health/finding.js';
import { type StepSizeLimits, type StepSizes as StepSizesReport, stepSizeRules, stepSizesOf } from '../health/stepSizes.js';
import type { Callback, RunContext } from './callback.js';

export interface StepSizesCallbackOptions extends StepSizeLimits {
  /** Default 1. */
  readonly everyEpochs?: number;
  /** Gets each report; a promise is waited for. */
  readonly onReport?: (report: StepSizesReport, run: RunContext) => unknown;
  /** Gets what is far from 1e-3, each kind and parameter once a run. Default: a warning of the process. */
  readonly onWarning?: (finding: Finding, run: RunContext) => unknown;
}

const rules = {
  ...stepSizeRules,
  everyEpochs: withDefault(positiveInteger(), 1),
  onReport: optional(callable<NonNullable<StepSizesCallbackOptions['onReport']>>()),
  onWarning: optional(callable<NonNullable<StepSizesCallbackOptions['onWarning']>>()),
} satisfies Rules<StepSizesCallbackOptions>;

/** Small steps mean something only while no schedule has brought the rate down. */
const LOWERED = 0.5;

class StepSizes implements Callback {
  private readonly options;
  private told = new Told();
  private highestLr = 0;

  constructor(options: StepSizesCallbackOptions | undefined) {
    this.options = checkOptions('callbacks.stepSizes', options, rules);
  }

  runBegin({ lr }: RunContext): void {
    this.told = new Told();
    this.highestLr = lr;
  }

  async epochEnd({ epoch }: EpochEvent, run: RunContext): Promise<void> {
    const { everyEpochs, onReport, onWarning, ...limits } = this.options;
    if (epoch % everyEpochs !== 0) return;
    const probe = await run.probe();
    if (!probe) return;
    const report = stepSizesOf(probe, limits);
    await onReport?.(report, run);
    this.highestLr = Math.max(this.highestLr, report.lr);
    const lowered = report.lr < LOWERED * this.highestLr;
    const findings = this.told.fresh(report.findings.filter(({ kind }) => kind === 'largeUpdates' || !lowered));
    if (!onWarning) return emitFindings('callbacks.stepSizes', findings);
    for (const finding of findings) await onWarning(finding, run);
  }
}

/**
 * After an epoch, how the coming step would change each parameter: norms of weights, gradient and
 * update, and update over weights. A ratio far from 1e-3 of a weight matrix is warned of.
 */
export function stepSizes(options?: StepSizesCallbackOptions): Callback {
  return new StepSizes(options);
}
