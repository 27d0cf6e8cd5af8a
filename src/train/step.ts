/** One step of training or evaluation, traced for a batch size. */

import type { Targets } from '../data/check.js';
import type { Column, Columns } from '../data/columns.js';
import { DTypeError, describe, formatType, OptionError, ShapeError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import type { Metric } from '../metrics/metric.js';
import { addon } from '../native/addon.js';
import type { NativeGraph, NativeProgram } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import { type DType, isFloat } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { type Cell, type Mode, type Trace, trace } from '../tensor/trace.js';
import type { Parameter } from '../tensor/variable.js';
import { inputOf, outputOf } from './input.js';
import { declareNumbers, stepNumbers } from './numbers.js';
import type { Training } from './training.js';

/** What a step computes, the same for every batch size. */
export interface StepSpec {
  /** `fit` or `evaluate`: for errors. */
  readonly where: string;
  readonly model: Model;
  readonly loss: Loss | undefined;
  readonly metrics: readonly Metric[];
  readonly seed: number;
  /** Rows of a whole batch: the loss of a smaller one counts less. */
  readonly batchSize: number;
  readonly training?: Training;
}

export interface Step {
  readonly batch: number;
  readonly graph: NativeGraph;
  readonly program: NativeProgram;
  readonly variables: readonly Cell[];
  /** Elements of every tensor of every metric. */
  readonly sizes: readonly (readonly number[])[];
  /** What loss and metrics want of y. */
  readonly targets: readonly Targets[];
}

/** One batch of the data, inside a trace. */
export interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly weights: Tensor | undefined;
}

/** Whole numbers may be labels and stay so; all other data take the dtype of the model. */
export function targetDType(column: DType, model: DType): DType {
  return column === 'i32' ? 'i32' : model;
}

export function traceStep(spec: StepSpec, columns: Columns, batch: number): Step {
  const mode: Mode = spec.training ? 'training' : 'inference';
  const step = spec.training?.optimizer.step;
  const traced = trace({ name: spec.where, mode, seed: spec.seed, ...(step && { step }) }, (context) =>
    traceBody(spec, columns, batch, context),
  );
  const program = converted(() => addon.program(traced.graph));
  return { batch, graph: traced.graph, program, variables: traced.variables, ...traced.result };
}

/** One batch of every column, as the first arguments of a program. */
export function batchArguments(columns: Columns, batch: number, model: Model, context: Trace): Batch {
  const { dtype } = model;
  const argument = ({ name, values }: Column, wanted: DType) =>
    context.argument(name, { dtype: wanted, shape: [batch, ...values.shape.slice(1)] });
  return {
    x: argument(columns.x, inputOf(model, columns.x.values.dtype)),
    y: argument(columns.y, targetDType(columns.y.values.dtype, dtype)),
    weights: columns.weights && argument(columns.weights, dtype),
  };
}

export function tracePrediction({ where, model }: StepSpec, { x }: Batch, batch: number): Tensor {
  return checkPrediction(where, outputOf(model, x), batch);
}

export function traceLoss(spec: StepSpec, prediction: Tensor, { y, weights }: Batch, context: Trace): Tensor {
  return context.withScope('loss', () => checkLoss(spec, spec.loss!(prediction, y, weights)));
}

/** One update of the weights, and of their average; its numbers are the arguments after the batch. Returns the gradients before clipping. */
export function traceUpdate(training: Training, model: Model, loss: Tensor, context: Trace): ReadonlyMap<Parameter, Tensor> {
  const { optimizer, clipping, averaging } = training;
  const [lr, ...others] = declareNumbers(context, stepNumbers(training, 0), model.dtype) as [Tensor, ...Tensor[]];
  const scheduled = Object.fromEntries(optimizer.scheduled.map((name, i) => [name, others[i]!]));
  const gradients = optimizer.update(loss, model.parameters(), { lr, scheduled }, clipping);
  averaging?.averages.update(context, optimizer.groups, others.at(-1)!);
  return gradients;
}

function traceBody(spec: StepSpec, columns: Columns, batch: number, context: Trace): Pick<Step, 'sizes' | 'targets'> {
  const { model, metrics, training } = spec;
  const given = batchArguments(columns, batch, model, context);
  const { y, weights } = given;
  const prediction = tracePrediction(spec, given, batch);
  const targets: Targets[] = [];
  const note = (wanted: Targets | undefined) => {
    if (wanted) targets.push(wanted);
  };
  const loss = spec.loss && traceLoss(spec, prediction, given, context);
  note(spec.loss?.targets?.(prediction, y));
  context.output(loss ? (batch === spec.batchSize ? loss : loss.mul(batch / spec.batchSize)) : 0);
  const sizes = metrics.map((metric) =>
    context.withScope(`metrics.${metric.name}`, () => {
      note(metric.targets?.(prediction, y));
      const given = checkSums(metric, metric.update(prediction, y, weights));
      const tensors = metric.collects ? given.map((tensor) => filledUp(metric, tensor, batch, spec.batchSize)) : given;
      for (const tensor of tensors) context.output(tensor);
      return tensors.map(({ size }) => size);
    }),
  );
  if (training && loss) traceUpdate(training, model, loss, context);
  return { sizes, targets };
}

export function checkPrediction(where: string, prediction: unknown, batch: number): Tensor {
  if (!(prediction instanceof Tensor)) throw new DTypeError(`${where}: the model's forward() must return a tensor`, { op: where });
  if (prediction.shape[0] === batch) return prediction;
  throw new ShapeError(
    `${where}: the model made ${formatType(prediction)} of a batch of ${batch} rows; expected rows along the first axis`,
    { op: where },
  );
}

/** Rows of a metric that collects, as many as in a whole batch. */
function filledUp({ name }: Metric, tensor: Tensor, batch: number, batchSize: number): Tensor {
  if (tensor.shape[0] !== batch) {
    throw new ShapeError(`the metric ${name} collects, but gave ${formatType(tensor)} for ${batch} rows`, { op: name });
  }
  return batch === batchSize ? tensor : tensor.pad([[0, batchSize - batch], ...tensor.shape.slice(1).map((): [number, number] => [0, 0])]);
}

function checkSums({ name }: Metric, sums: unknown): readonly Tensor[] {
  if (Array.isArray(sums) && sums.every((sum) => sum instanceof Tensor)) return sums;
  throw new OptionError(`the metric ${name}: update() must return an array of tensors, found ${describe(sums)}`, { op: name });
}

export function checkLoss({ where, training }: Pick<StepSpec, 'where' | 'training'>, loss: unknown): Tensor {
  if (!(loss instanceof Tensor)) throw new OptionError(`${where}: the loss function must return a tensor`, { op: where });
  if (loss.rank !== 0) {
    const hint = training ? "use reduction: 'mean' or 'sum', or mean()" : "use reduction: 'mean' or 'sum'";
    throw new ShapeError(`${where}: the loss is ${formatType(loss)}, expected a scalar: ${hint}`, { op: where });
  }
  if (!isFloat(loss.dtype)) throw new DTypeError(`${where}: the loss is ${loss.dtype}, expected f32 or f64`, { op: where });
  return loss;
}
