/** Functions with a gradient of the user's own. */

import { formatType, OptionError, ShapeError } from '../errors.js';
import { callable, checkArgument } from '../options.js';
import { currentRegion, Region } from './region.js';
import type { Operand, Tensor } from './tensor.js';
import { currentTrace } from './trace.js';
import { flatten, type Structure } from './tree.js';

/** What the backward function is given. */
export interface Backward<A extends readonly Operand[], R> {
  readonly inputs: { readonly [K in keyof A]: Tensor };
  /** What the forward function returned. */
  readonly results: R;
  /** Gradients of the results, in the same nesting. */
  readonly gradients: R;
}

type Results = Tensor | readonly Tensor[] | { readonly [key: string]: Tensor };

/**
 * A function of tensors with the gradient that `backward` says: one tensor for each input (for
 * inputs that are not floats, anything). Both may use tensors from outside, which count as
 * constants. The second derivative is that of `backward`.
 *
 *     const clippedExp = customGradient(
 *       (x: Tensor) => x.exp(),
 *       ({ results, gradients }) => [gradients.mul(results).clip(-1, 1)],
 *     );
 */
export function customGradient<A extends readonly Tensor[], R extends Results>(
  forward: (...inputs: A) => R,
  backward: (context: Backward<A, R>) => readonly Operand[],
): (...inputs: { [K in keyof A]: Operand }) => R {
  checkArgument('customGradient', 'forward', forward, callable());
  checkArgument('customGradient', 'backward', backward, callable());
  return (...inputs) => {
    const outer = currentRegion('customGradient()');
    const given = inputs.map((input) => outer.tensor(input as Operand));
    const front = traceForward(forward as never, given, outer);
    const captured = front.region.captures.map((capture) => capture.outer);
    // Only a trace of the backward function shows what it uses from outside. If that is anything
    // new, it becomes an input of the node, and the function is traced again with it.
    const context = currentTrace();
    const draws = context.markDraws();
    let back = traceBackward(backward as never, given, captured, front, outer);
    const more = back.captures.map((capture) => capture.outer).filter((tensor) => !captured.includes(tensor));
    if (more.length > 0) {
      context.resetDraws(draws);
      back = traceBackward(backward as never, given, [...captured, ...more], front, outer);
    }
    for (const tensor of more) front.region.capture(tensor);
    const results = outer.emitAll('customGradient', [...given, ...captured, ...more], {}, [front.region, back]);
    return front.structure.build(results) as R;
  };
}

interface Front {
  readonly region: Region;
  readonly results: readonly Tensor[];
  readonly structure: Structure;
}

function traceForward(forward: (...inputs: Tensor[]) => unknown, given: readonly Tensor[], outer: Region): Front {
  const region: Region = new Region(outer.shared, outer, outer.drawStep);
  return region.run(() => {
    const returned = forward(...given.map((tensor, i) => region.argument(`input${i}`, tensor)));
    const { leaves, structure } = flatten(returned);
    const results = leaves.map((leaf) => region.tensor(leaf as Operand));
    if (results.length === 0) throw new OptionError('customGradient: forward returned no tensor', { op: 'customGradient' });
    for (const result of results) region.graph.output(result.id);
    return { region, results, structure };
  });
}

function traceBackward(
  backward: (context: object) => unknown,
  given: readonly Tensor[],
  captured: readonly Tensor[],
  front: Front,
  outer: Region,
): Region {
  const region: Region = new Region(outer.shared, outer, outer.drawStep);
  return region.run(() => {
    const inputs = given.map((tensor, i) => region.argument(`input${i}`, tensor));
    const constants = captured.map((tensor) => region.capture(tensor));
    const results = front.results.map((tensor, i) => region.argument(`result${i}`, tensor));
    const gradients = front.results.map((tensor, i) => region.argument(`gradient${i}`, tensor));
    const returned = backward({ inputs, results: front.structure.build(results), gradients: front.structure.build(gradients) });
    if (!Array.isArray(returned) || returned.length !== given.length) {
      const found = Array.isArray(returned) ? `${returned.length}` : 'something else';
      throw new OptionError(
        `customGradient: backward must return an array of ${given.length} gradients, one for each input, found ${found}`,
        { op: 'customGradient' },
      );
    }
    for (const [i, tensor] of given.entries()) region.graph.output(checkGradient(region, returned[i] as Operand, tensor, i));
    for (const constant of constants) region.graph.output(zerosLike(region, constant));
    return region;
  });
}

function checkGradient(region: Region, gradient: Operand, input: Tensor, i: number): number {
  if (input.dtype !== 'f32' && input.dtype !== 'f64') return zerosLike(region, region.tensor(gradient));
  const tensor = region.tensor(gradient, input.dtype);
  const fitted = tensor.rank === 0 && input.rank > 0 && typeof gradient === 'number' ? tensor.broadcastTo(input.shape) : tensor;
  if (formatType(fitted) === formatType(input)) return fitted.id;
  throw new ShapeError(`customGradient: gradient ${i} is ${formatType(fitted)}, expected ${formatType(input)} like its input`, {
    op: 'customGradient',
    expected: formatType(input),
    found: formatType(fitted),
  });
}

function zerosLike(region: Region, { dtype, shape }: Tensor): number {
  return region.tensor(dtype === 'bool' ? false : 0, dtype).broadcastTo(shape).id;
}
