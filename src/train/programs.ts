/** Programs of evaluation and prediction, kept by model and shapes. */

import type { Features } from '../data/check.js';
import type { Columns } from '../data/columns.js';
import { formatShape } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeGraph, NativeProgram } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Cell, trace } from '../tensor/trace.js';
import { inputOf, outputOf } from './input.js';
import { inspectors } from './inspect.js';
import { Lru } from './lru.js';
import { type Step, type StepSpec, traceStep } from './step.js';

const KEPT = 64;

const evaluations = new WeakMap<Model, Lru<readonly Step[]>>();
const predictions = new WeakMap<Model, Lru<Prediction>>();
const numbers = new WeakMap<object, number>();
let given = 0;

function cacheOf<V>(caches: WeakMap<Model, Lru<V>>, model: Model): Lru<V> {
  let cache = caches.get(model);
  if (!cache) {
    cache = new Lru<V>(KEPT);
    caches.set(model, cache);
  }
  return cache;
}

/** A number for each object, so that losses and metrics can be part of a key. */
function numberOf(value: object | undefined): number {
  if (value === undefined) return 0;
  let number = numbers.get(value);
  if (number === undefined) {
    number = ++given;
    numbers.set(value, number);
  }
  return number;
}

/** Steps of an evaluation; `parts` are the objects they were made from. */
export function cachedSteps(
  spec: StepSpec,
  columns: Columns,
  sizes: readonly number[],
  parts: readonly (object | undefined)[],
): readonly Step[] {
  const types = [columns.x, columns.y, columns.weights].map((one) => one && `${one.values.dtype}${formatShape(one.values.shape.slice(1))}`);
  const key = [sizes.join('+'), spec.batchSize, spec.model.dtype, ...types, ...parts.map(numberOf)].join();
  return cacheOf(evaluations, spec.model).get(key, () => sizes.map((batch) => traceStep(spec, columns, batch)));
}

/** The forward pass of a model for one shape and dtype of input. */
export interface Prediction {
  readonly graph: NativeGraph;
  readonly program: NativeProgram;
  readonly variables: readonly Cell[];
  /** Where the inputs may hold NaN. */
  readonly missing: Features;
  /** Whether `inspect` may refuse inputs. */
  readonly inspected: boolean;
}

export function prediction(where: string, model: Model, dtype: DType, shape: readonly number[]): Prediction {
  const key = `${model.dtype},${dtype}${formatShape(shape)}`;
  return cacheOf(predictions, model).get(key, () => {
    const traced = trace({ name: where, mode: 'inference' }, (context) => {
      const x = context.argument('x', { dtype, shape });
      const taken = inputOf(model, dtype);
      context.output(outputOf(model, dtype === taken ? x : x.cast(taken)) as Tensor);
    });
    const { graph, variables } = traced;
    const program = converted(() => addon.program(graph));
    return { graph, program, variables, missing: model.inputTraits().missing, inspected: inspectors(model).length > 0 };
  });
}
