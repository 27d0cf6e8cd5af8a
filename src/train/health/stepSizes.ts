import type { Data } from '../../data/columns.js';
import type { Dataset } from '../../data/dataset.js';
import type { Loss } from '../../losses/loss.js';
import type { Model } from '../../nn/module.js';
import { type ClipOptions, checkClip, clipRules } from '../../optim/clip.js';
import { Optimizer } from '../../optim/optimizer.js';
import { checkOptions, instance, integer, nonNegative, positive, type Rules, withDefault } from '../../options.js';
import { callSite } from '../../stack.js';
import { numbers, textTable, words } from '../../table.js';
import { lossRule } from '../options.js';
import { probeOnce } from '../probe/once.js';
import type { Probe } from '../probe/report.js';
import { type Finding, short } from './finding.js';

export interface StepSizeLimits {
  /** `smallUpdates`: the update is a lesser share of the weights. Default 1e-5. */
  readonly low?: number;
  /** `largeUpdates`: it is a greater share. Default 0.1. */
  readonly high?: number;
}

export const stepSizeRules = {
  low: withDefault(nonNegative(), 1e-5),
  high: withDefault(positive(), 0.1),
} satisfies Rules<StepSizeLimits>;

export interface StepSize {
  readonly weightNorm: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly updateNorm: number;
  /** Update over weights; null where all weights are 0. About 1e-3 is healthy. */
  readonly ratio: number | null;
}

/** What a step does to each parameter that trains. */
export interface StepSizes {
  /** Whole epochs and steps that were trained before. */
  readonly epoch: number;
  readonly step: number;
  readonly lr: number;
  /** By path, in the order of the model's fields. */
  readonly parameters: Readonly<Record<string, StepSize>>;
  /** Updates that are far from 1e-3 of the weights. */
  readonly findings: readonly Finding[];
  /** All of it as a table. */
  toString(): string;
}

export interface StepSizesOptions extends StepSizeLimits, ClipOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** Of draws, and of the weights of a model that has none yet. Default 0. */
  readonly seed?: number;
}

const rules = {
  ...stepSizeRules,
  ...clipRules,
  loss: lossRule(),
  optimizer: instance(Optimizer, 'an optimizer: optim.…'),
  seed: withDefault(integer(0), 0),
} satisfies Rules<StepSizesOptions>;

/**
 * How a step on a batch would change each parameter, without taking it: norms of weights, gradient
 * and update, and update over weights, which is about 1e-3 where training goes well.
 *
 *     console.log(String(await stepSizes(model, { x, y }, { loss, optimizer })));
 *
 * Model and optimizer stay as they are, also if they have no values yet. All rows are one batch; of a dataset of batches it is the first.
 * Rejects as `fit` does.
 */
export async function stepSizes(model: Model, data: Data | Dataset, options: StepSizesOptions): Promise<StepSizes> {
  const site = callSite();
  const { low, high, ...checked } = checkOptions('stepSizes', options, rules);
  checkClip('stepSizes', checked);
  return stepSizesOf(await probeOnce('stepSizes', model, data, { ...checked, bins: 0, activations: false }, site), { low, high });
}

export function stepSizesOf(probe: Probe, limits: Required<StepSizeLimits>): StepSizes {
  const { epoch, step, lr } = probe;
  const parameters = Object.fromEntries(
    Object.entries(probe.parameters).flatMap(([path, { weight, gradient, update }]) =>
      gradient && update
        ? [[path, { weightNorm: weight.norm, gradientNorm: gradient.norm, updateNorm: update.norm, ratio: update.ratio }] as const]
        : [],
    ),
  );
  const sizes = { epoch, step, lr: lr!, parameters, findings: updateFindings(probe, limits) };
  return Object.defineProperty(sizes, 'toString', { value: () => print(sizes) });
}

/** Of weight matrices: biases begin at 0, where any step is large. */
export function updateFindings({ parameters, lr }: Probe, { low, high }: Required<StepSizeLimits>): Finding[] {
  return Object.entries(parameters).flatMap(([path, { shape, update }]): Finding[] => {
    const value = shape.length < 2 ? null : (update?.ratio ?? null);
    if (value === null || lr === 0) return [];
    const change = `${path}: a step changes its weights by ${short(value)} of their length, far`;
    const rate = `the learning rate ${short(lr!)}`;
    if (value > high) {
      const message = `${change} above 1e-3. Likely cause: ${rate} is too high for it. Try a smaller one, a warm-up, or clipNorm.`;
      return [{ kind: 'largeUpdates', path, value, limit: high, message }];
    }
    if (value < low) {
      const message = `${change} below 1e-3. Likely cause: ${rate} is too low, or its gradient vanishes. Try a greater one, unless the training has converged.`;
      return [{ kind: 'smallUpdates', path, value, limit: low, message }];
    }
    return [];
  });
}

function print({ epoch, step, lr, parameters, findings }: Omit<StepSizes, 'toString'>): string {
  const notes = new Map(findings.map(({ path, kind }) => [path, kind === 'largeUpdates' ? ' high' : ' low']));
  const rows = Object.entries(parameters).map(([path, { weightNorm, gradientNorm, updateNorm, ratio }]) => [
    path,
    ...[weightNorm, gradientNorm, updateNorm].map((norm) => norm.toExponential(2)),
    `${ratio === null ? '-' : ratio.toExponential(1)}${notes.get(path) ?? ''}`,
  ]);
  const columns = [...words('parameter'), ...numbers('weights', 'gradient', 'update', 'update / weights')];
  return [`step ${step + 1}, epochs ${epoch}, learning rate ${short(lr)}`, ...textTable(columns, rows, true)].join('\n');
}
