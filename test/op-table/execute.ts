/** Runs one op natively, outside any trace: op name, inputs, a kernel table by name. */

import { addon } from '../../src/native/addon.js';
import type { DType, NativeGraph } from '../../src/native/binding.js';
import type { Case } from './row.js';
import { typed } from './sampler.js';

export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

interface Traced {
  readonly graph: NativeGraph;
  readonly inputs: readonly number[];
  readonly results: readonly number[];
}

/** Shape and dtype of every input when the case runs in `dtype`. */
export function inputTypes(c: Case, dtype: DType): { dtype: DType; shape: readonly number[] }[] {
  return c.inputs.map((input) => ({ dtype: input.dtype ?? dtype, shape: input.shape }));
}

/** Attributes of the case; a random op, an iota and the like say themselves which dtype they make. */
function attrsOf(c: Case, dtype: DType) {
  return c.ownDtype ? { ...c.attrs, dtype } : c.attrs;
}

export function trace(op: string, c: Case, dtype: DType): Traced {
  const graph = addon.graph();
  const inputs = inputTypes(c, dtype).map((type, i) => graph.input('argument', `x${i}`, type.dtype, type.shape));
  const first = graph.emit(op, inputs, attrsOf(c, dtype), c.regions?.(dtype));
  const results = Array.from({ length: graph.resultCount(first) }, (_, i) => first + i);
  return { graph, inputs, results };
}

export function run(graph: NativeGraph, inputs: readonly Tensor[], isa: string, fuse = true): Tensor[] {
  const program = addon.compile(graph, { isa, fuse });
  const args = inputs.map(({ data, dtype, shape }) => addon.array(typed(Array.from(data), dtype), dtype, shape));
  return addon
    .bind(program, [])
    .callSync(args)
    .map((result) => ({ dtype: result.dtype, shape: result.shape, data: result.read() }));
}

/** All results of the op on the given inputs. */
export function forward(op: string, c: Case, dtype: DType, inputs: readonly Tensor[], isa: string): Tensor[] {
  const traced = trace(op, c, dtype);
  for (const result of traced.results) traced.graph.output(result);
  return run(traced.graph, inputs, isa);
}
