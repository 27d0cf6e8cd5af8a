import { callable, checkOptions, optional, type Rules } from '../../options.js';
import type { Callback } from './callback.js';

const rules = {
  runBegin: optional(callable()),
  epochBegin: optional(callable()),
  batchEnd: optional(callable()),
  progress: optional(callable()),
  validationEnd: optional(callable()),
  epochEnd: optional(callable()),
  runEnd: optional(callable()),
} satisfies Rules<Callback>;

/** A callback from functions: `callbacks.lambda({ epochEnd(event) { … } })`. Checks their names. */
export function lambda(hooks: Callback): Callback {
  checkOptions('callbacks.lambda', hooks, rules);
  return hooks;
}
