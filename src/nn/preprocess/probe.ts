/** Follows data through a model just as far as some of its layers. */

import type { Tensor } from '../../tensor/tensor.js';
import { currentTrace, type Trace } from '../../tensor/trace.js';

interface Probe {
  readonly wanted: ReadonlySet<object>;
  /** Layers that cannot be passed: there is no way to what lies behind them. */
  readonly closed: boolean;
  readonly inputs: Map<object, Tensor>;
}

const probes = new WeakMap<Trace, Probe>();

/** Thrown where a probe ends. */
class Reached {}

/**
 * Runs `forward` inside the trace in progress and returns the inputs of those `wanted` layers that
 * it comes to; nothing behind the last one is traced. `closed` layers end every way through them.
 */
export function probe<L extends object>(
  wanted: ReadonlySet<L>,
  { closed }: { readonly closed: boolean },
  forward: () => unknown,
): Map<L, Tensor> {
  const trace = currentTrace();
  const inputs = new Map<L, Tensor>();
  probes.set(trace, { wanted, closed, inputs: inputs as Map<object, Tensor> });
  try {
    forward();
  } catch (signal) {
    if (!(signal instanceof Reached)) throw signal;
  } finally {
    probes.delete(trace);
  }
  return inputs;
}

/** A layer that prepares data says what it was given; what it does next happens only if nobody ends the trace here. */
export function reach(layer: object, x: Tensor): void {
  const open = probes.get(currentTrace());
  if (!open?.wanted.has(layer)) return;
  if (!open.inputs.has(layer)) open.inputs.set(layer, x);
  if (open.closed || open.inputs.size === open.wanted.size) throw new Reached();
}

/** Ways beside one another: a probe that ends in one of them goes down the others too. */
export function branches<T>(ways: readonly (() => T)[]): T[] {
  let end: Reached | undefined;
  const results: T[] = [];
  for (const way of ways) {
    try {
      results.push(way());
    } catch (signal) {
      if (!(signal instanceof Reached)) throw signal;
      end = signal;
    }
  }
  if (end) throw end;
  return results;
}
