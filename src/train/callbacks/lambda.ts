import { OptionError } from '../../errors.js';
import { nearest } from '../../nearest.js';
import { callable, checkArgument, checkOptions, optional, positiveInteger, type Rules } from '../../options.js';
import type { Callback } from './callback.js';

const rules = {
  setup: optional(callable()),
  runBegin: optional(callable()),
  epochBegin: optional(callable()),
  batchEvery: optional(positiveInteger()),
  batchBegin: optional(callable()),
  batchEnd: optional(callable()),
  progress: optional(callable()),
  validationBegin: optional(callable()),
  validationEnd: optional(callable()),
  epochEnd: optional(callable()),
  checkpointBegin: optional(callable()),
  checkpointEnd: optional(callable()),
  runEnd: optional(callable()),
  saveState: optional(callable()),
  loadState: optional(callable()),
} satisfies Rules<Callback>;

/** A callback from functions: `callbacks.lambda({ epochEnd(event) { … } })`. Checks their names, which must all be known. */
export function lambda(hooks: Callback): Callback {
  checkOptions('callbacks.lambda', hooks, rules);
  return hooks;
}

/**
 * A callback has hooks, and may hold anything beside them, but no function that looks like a misspelt one. An empty
 * object does nothing.
 */
export function checkCallback(where: string, callback: Callback): void {
  const hooks = Object.keys(rules) as (keyof Callback)[];
  for (const hook of hooks) checkArgument<unknown>(where, hook, callback[hook], rules[hook]);
  for (const [key, value] of Object.entries(callback)) {
    const meant = typeof value === 'function' && !(key in rules) ? nearest(key, hooks) : undefined;
    if (meant !== undefined) throw new OptionError(`${where}: unknown hook ${JSON.stringify(key)}; did you mean ${JSON.stringify(meant)}?`);
  }
  const empty = Object.keys(callback).length === 0 && Object.getPrototypeOf(callback) === Object.prototype;
  if (!empty && hooks.every((hook) => callback[hook] === undefined)) {
    throw new OptionError(`${where} has none of the hooks that a run calls: ${hooks.join(', ')}.`);
  }
}
