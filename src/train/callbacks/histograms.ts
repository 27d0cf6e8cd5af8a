import { bool, callable, checkOptions, integer, positiveInteger, type Rules, withDefault } from '../../options.js';
import type { EpochEvent } from '../events.js';
import { MOST_BINS, type Probe } from '../probe/report.js';
import type { Callback, RunContext } from './callback.js';

export interface HistogramsOptions {
  /** Gets the numbers of each parameter's weights and gradient, with a histogram of each; a promise is waited for. */
  readonly onReport: (probe: Probe, run: RunContext) => unknown;
  /** Beside the begin of the run. Default 1. */
  readonly everyEpochs?: number;
  /** Default 64. */
  readonly bins?: number;
  /** Also of what activation functions give. Default false. */
  readonly activations?: boolean;
}

const rules = {
  onReport: callable<HistogramsOptions['onReport']>(),
  everyEpochs: withDefault(positiveInteger(), 1),
  bins: withDefault(integer(1, MOST_BINS), 64),
  activations: withDefault(bool(), false),
} satisfies Rules<HistogramsOptions>;

/** Histograms of weights and gradients when the run begins and after every `everyEpochs` epochs. */
export function histograms(options: HistogramsOptions): Callback {
  const { onReport, everyEpochs, bins, activations } = checkOptions('callbacks.histograms', options, rules);
  const report = async (run: RunContext) => {
    const probe = await run.probe({ bins, activations });
    if (probe) await onReport(probe, run);
  };
  return {
    runBegin: report,
    epochEnd: ({ epoch }: EpochEvent, run: RunContext) => (epoch % everyEpochs === 0 ? report(run) : undefined),
  };
}
