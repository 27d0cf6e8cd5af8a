import { addon } from '../native/addon.js';
import { converted } from '../native/errors.js';
import { type Trace, trace } from './trace.js';

/** Runs a body that assigns variables, on the calling thread; also inside another trace. */
export function runOnce(name: string, body: (trace: Trace) => void): void {
  const { graph, variables } = trace({ name }, body);
  const natives = variables.map((cell) => cell.native(0));
  converted(() => addon.bind(addon.compile(graph), natives, graph).callSync([]));
}
