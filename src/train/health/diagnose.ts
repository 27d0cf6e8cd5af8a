import type { Data } from '../../data/columns.js';
import type { Dataset } from '../../data/dataset.js';
import type { Loss } from '../../losses/loss.js';
import type { Model } from '../../nn/module.js';
import { type ClipOptions, checkClip, clipRules } from '../../optim/clip.js';
import { Optimizer } from '../../optim/optimizer.js';
import { checkOptions, instance, integer, optional, type Rules, withDefault } from '../../options.js';
import { callSite } from '../../stack.js';
import { lossRule } from '../options.js';
import { probeOnce } from '../probe/once.js';
import type { Probe } from '../probe/report.js';
import { checkUp, type HealthLimits, limitRules } from './checkup.js';
import type { Finding } from './finding.js';
import { type StepSizeLimits, stepSizeRules, updateFindings } from './stepSizes.js';

export interface DiagnoseOptions extends HealthLimits, StepSizeLimits, ClipOptions {
  readonly loss: Loss;
  /** With it updates are looked at too. */
  readonly optimizer?: Optimizer;
  /** Of draws, and of the weights of a model that has none yet. Default 0. */
  readonly seed?: number;
}

const rules = {
  ...limitRules,
  ...stepSizeRules,
  ...clipRules,
  loss: lossRule(),
  optimizer: optional(instance(Optimizer, 'an optimizer: optim.…')),
  seed: withDefault(integer(0), 0),
} satisfies Rules<DiagnoseOptions>;

export interface Diagnosis {
  /** Empty where nothing is wrong. */
  readonly findings: readonly Finding[];
  /** What they follow from. */
  readonly probe: Probe;
  /** One line a finding. */
  toString(): string;
}

/**
 * What is wrong with a model, as far as one batch shows: dead and saturated units, gradients that
 * vanish or explode, steps of the wrong size.
 *
 *     const { findings } = await diagnose(model, { x, y }, { loss: losses.crossEntropy() });
 *
 * Model and optimizer stay as they are, also if they have no values yet. All rows are one batch:
 * give some hundreds; of a dataset of batches the first is taken. Rejects as `fit` does.
 */
export async function diagnose(model: Model, data: Data | Dataset, options: DiagnoseOptions): Promise<Diagnosis> {
  const site = callSite();
  const { loss, optimizer, clipNorm, clipValue, seed, low, high, ...limits } = checkOptions('diagnose', options, rules);
  checkClip('diagnose', { clipNorm, clipValue });
  const wanted = { loss, optimizer, clipNorm, clipValue, seed, bins: 0, activations: true };
  const probe = await probeOnce('diagnose', model, data, wanted, site);
  const findings = [...checkUp(probe, limits), ...updateFindings(probe, { low, high })];
  const print = () => findings.map(({ message }) => message).join('\n') || 'nothing found';
  return Object.defineProperty({ findings, probe }, 'toString', { value: print });
}
