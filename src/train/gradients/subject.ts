/** What gradients are checked of: a function in f64 of arguments alone, at a point. */

import { type Column, rowsOf } from '../../data/columns.js';
import { describe, OptionError } from '../../errors.js';
import type { Loss } from '../../losses/loss.js';
import { addon } from '../../native/addon.js';
import type { NativeArray, NativeFunction, NativeProgram } from '../../native/binding.js';
import { converted } from '../../native/errors.js';
import type { Model } from '../../nn/module.js';
import { isFloat } from '../../tensor/dtype.js';
import { grad } from '../../tensor/grad.js';
import { type ArrayInput, array, NDArray } from '../../tensor/ndarray.js';
import { Tensor } from '../../tensor/tensor.js';
import { type Cell, type Mode, type Trace, type Traced, trace } from '../../tensor/trace.js';
import { flatten } from '../../tensor/tree.js';
import { copiesOf } from '../copies.js';
import { inputOf, outputOf } from '../input.js';
import { checkLoss, checkPrediction, targetDType } from '../step.js';

export const WHERE = 'checkGradients';

export interface Target {
  readonly path: string;
  readonly shape: readonly number[];
  /** Which of the arguments it is. */
  readonly argument: number;
}

export interface Subject {
  /** [value] */
  readonly value: NativeFunction;
  /** [value, the gradient of each target] */
  readonly gradients: NativeFunction;
  readonly point: readonly NativeArray[];
  readonly targets: readonly Target[];
  /** Additions that the value consists of, about. */
  readonly terms: number;
}

/** A target while it is traced: an argument by its number, or a variable. */
interface Place {
  readonly path: string;
  readonly tensor: Tensor;
  readonly from: number | Cell;
}

interface Outline {
  readonly value: Tensor;
  readonly targets: readonly Place[];
}

interface Traces {
  readonly mode: Mode | undefined;
  readonly seed: number;
  readonly arguments: readonly NativeArray[];
  readonly body: (context: Trace) => Outline;
}

/** Traced with the gradients and without. Nothing is given for the step, so that draws are the same in every run. */
function subjectOf({ mode, seed, arguments: given, body }: Traces): Subject {
  const make = (gradients: boolean) =>
    trace({ name: WHERE, mode, seed }, (context) => {
      const { value, targets } = body(context);
      context.output(value);
      const list = gradients
        ? grad(
            value,
            targets.map(({ tensor }) => tensor),
          )
        : [];
      for (const gradient of list) context.output(gradient);
      return targets;
    });
  const whole = make(true);
  const variables = copiesOf(whole.variables, seed);
  const point = [...given, ...variables].map((value) => (value.dtype === 'f32' ? value.cast('f64') : value));
  const argument = ({ from }: Place) => (typeof from === 'number' ? from : given.length + whole.variables.indexOf(from));
  const value = widened(make(false));
  return {
    value: value.run,
    gradients: widened(whole).run,
    point,
    targets: whole.result.map((place) => ({ path: place.path, shape: place.tensor.shape, argument: argument(place) })),
    terms: value.program.flops / 2 + point.reduce((sum, { shape }) => sum + shape.reduce((size, d) => size * d, 1), 0),
  };
}

function widened({ graph }: Traced<unknown>): { readonly program: NativeProgram; readonly run: NativeFunction } {
  return converted(() => {
    const program = addon.compile(graph.widened());
    return { program, run: addon.bind(program, []) };
  });
}

export interface ModelOptions {
  readonly loss: Loss;
  readonly inputs: boolean;
  readonly mode: Mode;
  readonly seed: number;
}

/** The loss of a model on a batch, in its parameters and maybe its inputs. */
export function modelSubject(
  model: Model,
  { x, y }: { readonly x: Column; readonly y: Column },
  { loss, inputs, mode, seed }: ModelOptions,
): Subject {
  const { dtype } = model;
  const taken = inputOf(model, x.values.dtype);
  const yType = targetDType(y.values.dtype, dtype);
  const body = (context: Trace): Outline => {
    const input = context.argument('x', { dtype: taken, shape: x.values.shape });
    const target = context.argument('y', { dtype: yType, shape: y.values.shape });
    const prediction = checkPrediction(WHERE, outputOf(model, input), rowsOf(x));
    const value = context.withScope('loss', () => checkLoss({ where: WHERE }, loss(prediction, target)));
    const parameters = [...model.parameters()].filter(([, parameter]) => isFloat(parameter.dtype));
    const targets: Place[] = parameters.map(([path, parameter]) => ({ path, tensor: context.read(parameter), from: parameter }));
    return { value, targets: inputs ? [...targets, { path: 'x', tensor: input, from: 0 }] : targets };
  };
  return subjectOf({ mode, seed, arguments: [x.values.native.cast(taken), y.values.native.cast(yType)], body });
}

/** A function of tensors in its float arguments; of more than one number the sum, each times a random weight. */
export function functionSubject(fn: (...inputs: Tensor[]) => unknown, point: unknown, mode: Mode | undefined, seed: number): Subject {
  if (!Array.isArray(point)) {
    throw new OptionError(`${WHERE}: the point must be an array of the function's arguments, found ${describe(point)}`, { op: WHERE });
  }
  const values = point.map((value) => (value instanceof NDArray ? value : array(value as ArrayInput)));
  if (!values.some(({ dtype }) => isFloat(dtype))) {
    throw new OptionError(`${WHERE}: none of the ${values.length} arguments is f32 or f64, so there is no gradient`, { op: WHERE });
  }
  const body = (context: Trace): Outline => {
    const inputs = values.map((value, i) => context.argument(`${i}`, value));
    const value = scalarOf(fn(...inputs), seed);
    const targets = inputs.map((tensor, i) => ({ path: `${i}`, tensor, from: i })).filter(({ tensor }) => isFloat(tensor.dtype));
    return { value, targets };
  };
  return subjectOf({ mode, seed, arguments: values.map(({ native }) => native), body });
}

function scalarOf(result: unknown, seed: number): Tensor {
  const floats = flatten(result).leaves.filter((leaf): leaf is Tensor => leaf instanceof Tensor && isFloat(leaf.dtype));
  const [first] = floats;
  if (!first) throw new OptionError(`${WHERE}: the function returned no tensor of floats, found ${describe(result)}`, { op: WHERE });
  if (floats.length === 1 && first.rank === 0) return first;
  const weighted = floats.map((tensor, i) => {
    const key = addon.randomKey(seed, `${WHERE}.results`, i);
    const weights = new NDArray(addon.random('uniform', key, tensor.dtype, tensor.shape, -1, 1));
    return tensor.mul(weights).sum();
  });
  return weighted.reduce((sum, term) => sum.add(term.cast(sum.dtype)));
}
