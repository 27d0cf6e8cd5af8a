/** Programs of evaluation and prediction, kept by model and shapes. */

import type { Features } from '../data/check.js';
import type { Columns } from '../data/columns.js';
import { formatShape } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeGraph, NativeProgram } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import { type ArrayType, type DType, sameShape } from '../tensor/dtype.js';
import { Places } from '../tensor/places.js';
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
  /** The model's. */
  readonly dtype: DType;
  readonly input: ArrayType;
  /** Its shape is frozen. */
  readonly output: ArrayType;
  /** Where the inputs may hold NaN. */
  readonly missing: Features;
  /** Whether `inspect` may refuse inputs. */
  readonly inspected: boolean;
  /** Of calls from this thread. */
  readonly places: Places;
}

/** What was asked for last: small models take less time than the text of a key. */
const latest = new WeakMap<Model, Prediction>();

export function prediction(where: string, model: Model, input: ArrayType): Prediction {
  const last = latest.get(model);
  if (last?.dtype === model.dtype && last.input.dtype === input.dtype && sameShape(last.input.shape, input.shape)) return last;
  const key = `${model.dtype},${input.dtype}${formatShape(input.shape)}`;
  const made = cacheOf(predictions, model).get(key, () => tracePrediction(where, model, { dtype: input.dtype, shape: input.shape }));
  latest.set(model, made);
  return made;
}

function tracePrediction(where: string, model: Model, input: ArrayType): Prediction {
  const { graph, variables, result } = trace({ name: where, mode: 'inference' }, (context) => {
    const x = context.argument('x', input);
    const taken = inputOf(model, input.dtype);
    const output = outputOf(model, input.dtype === taken ? x : x.cast(taken)) as Tensor;
    context.output(output);
    return { dtype: output.dtype, shape: Object.freeze([...output.shape]) };
  });
  return {
    graph,
    program: converted(() => addon.program(graph)),
    variables,
    dtype: model.dtype,
    input,
    output: result,
    missing: model.inputTraits().missing,
    inspected: inspectors(model).length > 0,
    places: new Places([input], [result]),
  };
}
