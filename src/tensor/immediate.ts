/** Graphs that run once, at once. */

import { addon } from '../native/addon.js';
import { converted } from '../native/errors.js';
import { NDArray } from './ndarray.js';
import type { Tensor } from './tensor.js';
import { type Trace, trace } from './trace.js';

/** The value of a tensor computed on the calling thread, without arguments or variables: a first value of a parameter. */
export function immediate(name: string, body: (trace: Trace) => Tensor): NDArray {
  const { graph } = trace({ name }, (context) => context.output(body(context)));
  const run = converted(() => addon.bind(addon.compile(graph), []));
  return new NDArray(converted(() => run.callSync([]))[0]!);
}

/** Runs a body that assigns variables, on the calling thread; also inside another trace. */
export function runOnce(name: string, body: (trace: Trace) => void): void {
  const { graph, variables } = trace({ name }, body);
  const natives = variables.map((cell) => cell.native(0));
  converted(() => addon.bind(addon.compile(graph), natives, graph).callSync([]));
}
