import { OptionError } from '../../errors.js';
import type { Model } from '../../nn/module.js';
import { attempt } from '../attempt.js';
import type { Callback } from './callback.js';

/** Calls the `setup` of every callback. The function gives all parameters back what they were before: trained or frozen. */
export function setUp(model: Model, callbacks: readonly Callback[]): () => void {
  const before = [...model.parameters().values()].map((parameter) => ({ parameter, trainable: parameter.trainable }));
  const restore = () => {
    for (const { parameter, trainable } of before) parameter.trainable = trainable;
  };
  for (const callback of callbacks) {
    const called = attempt((): unknown => callback.setup?.(model));
    if ('value' in called && !(called.value instanceof Promise)) continue;
    restore();
    if ('error' in called) throw called.error;
    (called.value as Promise<unknown>).catch(() => undefined);
    throw new OptionError('fit: setup of a callback must not be async: the programs are traced right after it', { op: 'fit' });
  }
  return restore;
}
