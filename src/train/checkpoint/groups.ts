/** What a run trains, in a checkpoint: parameters that are frozen in the middle of a run are so when it goes on. */

import type { Model } from '../../nn/module.js';
import type { Optimizer } from '../../optim/optimizer.js';
import type { Parameter } from '../../tensor/variable.js';
import type { KeptGroup } from './record.js';

export function keepGroups(model: Model, optimizer: Optimizer): readonly KeptGroup[] {
  const paths = new Map([...model.parameters()].map(([path, parameter]) => [parameter, path]));
  return optimizer.groups.map(({ id, parameters }) => ({ id, parameters: parameters.map((parameter) => paths.get(parameter)!) }));
}

/**
 * Trains what the run trained, in the optimizer's groups of then. The function puts the groups back.
 * A model that lacks a parameter stays as it is: it fits no checkpoint of the run.
 */
export function adoptGroups(model: Model, optimizer: Optimizer, kept: readonly KeptGroup[]): () => void {
  const known = model.parameters();
  const groups = kept.map(({ id, parameters }) => ({ id, parameters: parameters.map((path) => known.get(path)) }));
  const isWhole = (group: (typeof groups)[number]): group is { id: number; parameters: Parameter[] } =>
    !group.parameters.includes(undefined);
  if (!groups.every(isWhole)) return () => undefined;
  const trained = new Set(groups.flatMap(({ parameters }) => parameters));
  for (const parameter of known.values()) parameter.trainable = trained.has(parameter);
  return optimizer.adopt(groups);
}
