/** Gradients against differences along one random direction, in float64 on the reference kernels. */

import { generator } from '../support/generator.js';
import { run, type Tensor, trace } from './execute.js';
import type { Case } from './row.js';
import { GRADIENT_STEP } from './tolerance.js';

const isFloat = ({ dtype }: { dtype: string }) => dtype === 'f64';

export interface GradientCheck {
  /** Along the direction, by the chain rule. */
  readonly derivative: number;
  /** The same by differences. */
  readonly difference: number;
  /** Sum of the absolute terms, to which the error is relative. */
  readonly magnitude: number;
}

/**
 * y = sum over float results of result · weights, weights random. Compares the gradient of y along
 * a random direction of all float inputs with a central difference, Richardson-corrected.
 */
export function checkGradient(op: string, c: Case, inputs: readonly Tensor[], seed: number): GradientCheck | null {
  const traced = trace(op, c, 'f64');
  const { graph } = traced;
  const random = generator(seed);
  const draw = (count: number) => Array.from({ length: count }, () => 2 * random() - 1);
  const targets = traced.inputs.filter((_, i) => isFloat(inputs[i]!) && !c.inputs[i]!.constant);
  if (targets.length === 0) return null;

  let y: number | undefined;
  for (const result of traced.results.filter((value) => graph.dtype(value) === 'f64')) {
    const shape = graph.shape(result);
    const weights = graph.constant(Float64Array.from(draw(shape.reduce((a, b) => a * b, 1))), 'f64', shape);
    const term = graph.emit('sum', [graph.emit('mul', [result, weights])], { axes: [], keepDims: false });
    y = y === undefined ? term : graph.emit('add', [y, term]);
  }
  if (y === undefined) return null;
  graph.output(y);
  const value = (moved: readonly Tensor[]) => run(graph, moved, 'reference')[0]!.data[0]!;

  const directions = inputs.map((input, i) =>
    traced.inputs[i] !== undefined && targets.includes(traced.inputs[i]!) ? draw(input.data.length) : null,
  );
  const moved = (step: number) =>
    inputs.map((input, i) => {
      const direction = directions[i];
      return direction ? { ...input, data: Array.from(input.data, (x, j) => x + step * direction[j]!) } : input;
    });
  const central = (h: number) => (value(moved(h)) - value(moved(-h))) / (2 * h);
  const difference = (4 * central(GRADIENT_STEP / 2) - central(GRADIENT_STEP)) / 3;

  for (const gradient of graph.gradient(y, targets)) graph.output(gradient);
  const gradients = run(graph, inputs, 'reference').slice(1);
  let derivative = 0;
  let magnitude = 1;
  directions
    .filter((direction) => direction !== null)
    .forEach((direction, i) => {
      direction.forEach((d, j) => {
        derivative += d * gradients[i]!.data[j]!;
        magnitude += Math.abs(d * gradients[i]!.data[j]!);
      });
    });
  return { derivative, difference, magnitude };
}
