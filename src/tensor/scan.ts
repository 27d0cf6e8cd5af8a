/** Loops inside a program. */

import { formatType, OptionError, ShapeError, StateError } from '../errors.js';
import { callable, checkArgument, checkOptions, bool as flag, integer, optional, type Rules, withDefault } from '../options.js';
import { currentRegion, Region } from './region.js';
import type { Operand, Tensor } from './tensor.js';
import { currentTrace } from './trace.js';
import { type Flat, flatten, type Structure } from './tree.js';

/** Tensors (or what becomes one) nested in arrays and objects. */
export type TensorTree = Operand | readonly TensorTree[] | { readonly [key: string]: TensorTree };

/** The same nesting with tensors as leaves. */
export type Tensors<T> = T extends Operand ? Tensor : undefined extends T ? T : { -readonly [K in keyof T]: Tensors<T[K]> };

export interface ScanOptions {
  /** Number of iterations. Default: the size of the first axis of `xs`. */
  readonly length?: number;
  /** From the last entry to the first; entry t of the results still belongs to entry t of `xs`. Default false. */
  readonly reverse?: boolean;
}

const rules = { length: optional(integer(0)), reverse: withDefault(flag(), false) } satisfies Rules<ScanOptions>;

interface Body {
  readonly region: Region;
  readonly carry: Flat;
  readonly ys: Flat;
  readonly drew: boolean;
}

/**
 * A loop: `[carry, y] = body(carry, x)` for each entry x of the first axis of `xs`. Returns the
 * last carry and the ys stacked along a new first axis. `init`, `xs` and `y` may be nested in
 * arrays and objects; `xs` may be undefined with `length` given; y may be undefined.
 *
 * The graph holds the body once, however long the loop, and so does its gradient. The body may
 * use tensors and parameters from outside. Draws differ in each iteration. The carry keeps its
 * shapes and dtypes.
 *
 *     const [last, all] = scan((h, x) => { const next = x.add(h.matmul(w)).tanh(); return [next, next]; }, h0, xs);
 */
export function scan<const C extends TensorTree, const X extends TensorTree | undefined, Y extends TensorTree | undefined>(
  body: (carry: Tensors<C>, x: Tensors<X>) => readonly [carry: TensorTree, y: Y],
  init: C,
  xs: X,
  options?: ScanOptions,
): [carry: Tensors<C>, ys: Tensors<Y>] {
  checkArgument('scan', 'body', body, callable());
  const { length: given, reverse } = checkOptions('scan', options, rules);
  const outer = currentRegion('scan()');
  const carries = resolveAll(flatten(init), outer);
  const slices = xs === undefined ? [] : resolveAll(flatten(xs), outer);
  const length = lengthOf(slices, given);
  const loop = { carries, slices, length, carryTree: flatten(init).structure, xTree: xs === undefined ? undefined : flatten(xs).structure };
  const plain = body as unknown as (carry: unknown, x: unknown) => unknown;

  // Draws need the iteration's number: if there are any, the body is traced again with it.
  const context = currentTrace();
  const draws = context.markDraws();
  let traced = traceBody(loop, plain, outer, false);
  if (traced.drew) {
    context.resetDraws(draws);
    traced = traceBody(loop, plain, outer, true);
  }

  const counter = traced.drew ? [outer.emit('iota', [], { shape: [length], axis: 0, dtype: 'i32' })] : [];
  const inputs = [...carries, ...slices, ...counter, ...traced.region.captures.map((capture) => capture.outer)];
  const attrs = { carries: carries.length, xs: slices.length + counter.length, length, reverse };
  const results = outer.emitAll('scan', inputs, attrs, [traced.region]);
  const ys = results.slice(carries.length, carries.length + traced.ys.leaves.length);
  return [loop.carryTree.build(results), traced.ys.structure.build(ys)] as never;
}

interface Loop {
  readonly carries: readonly Tensor[];
  readonly slices: readonly Tensor[];
  readonly length: number;
  readonly carryTree: Structure;
  readonly xTree: Structure | undefined;
}

function traceBody(
  { carries, slices, length, carryTree, xTree }: Loop,
  body: (carry: unknown, x: unknown) => unknown,
  outer: Region,
  counted: boolean,
): Body {
  let drew = false;
  const outerStep = () => outer.drawStep?.() ?? currentTrace().drawStep();
  let counter: Tensor | undefined;
  const drawStep = (): Tensor => {
    drew = true;
    return counter ? outerStep().mul(length).add(counter) : outerStep();
  };
  const region: Region = new Region(outer.shared, outer, drawStep);
  return region.run(() => {
    const insideCarries = carries.map((tensor, i) => region.argument(`carry${i}`, tensor));
    const insideSlices = slices.map((tensor, i) => region.argument(`x${i}`, { dtype: tensor.dtype, shape: tensor.shape.slice(1) }));
    if (counted) counter = region.argument('iteration', { dtype: 'i32', shape: [] });
    const returned = body(carryTree.build(insideCarries), xTree?.build(insideSlices));
    if (!Array.isArray(returned) || returned.length !== 2) throw new OptionError('scan: the body must return [carry, y]', { op: 'scan' });
    const carry = flatten(returned[0]);
    const ys = returned[1] === undefined ? flatten([]) : flatten(returned[1]);
    checkCarry(carry, carryTree, carries, region);
    for (const [i, leaf] of carry.leaves.entries()) region.graph.output(region.tensor(leaf as Operand, carries[i]!.dtype).id);
    for (const leaf of ys.leaves) region.graph.output(region.tensor(leaf as Operand).id);
    return { region, carry, ys: returned[1] === undefined ? { ...ys, structure: { ...ys.structure, build: () => undefined } } : ys, drew };
  });
}

function checkCarry(carry: Flat, expected: Structure, carries: readonly Tensor[], region: Region): void {
  if (carry.structure.text !== expected.text) {
    throw new StateError(
      `scan: the body returned the carry as ${carry.structure.text}, expected ${expected.text} as in init (* is a tensor)`,
      { op: 'scan' },
    );
  }
  for (const [i, leaf] of carry.leaves.entries()) {
    const next = region.tensor(leaf as Operand, carries[i]!.dtype);
    if (formatType(next) === formatType(carries[i]!)) continue;
    const place = carry.paths[i] === '' ? 'the carry' : `the carry's ${carry.paths[i]}`;
    throw new ShapeError(`scan: ${place} goes in as ${formatType(carries[i]!)} and comes out as ${formatType(next)}`, {
      op: 'scan',
      expected: formatType(carries[i]!),
      found: formatType(next),
    });
  }
}

function resolveAll({ leaves }: Flat, region: Region): Tensor[] {
  return leaves.map((leaf) => region.tensor(leaf as Operand));
}

function lengthOf(slices: readonly Tensor[], given: number | undefined): number {
  const length = given ?? slices[0]?.shape[0];
  if (length === undefined) throw new OptionError('scan: without xs the option length is required', { op: 'scan' });
  for (const x of slices) {
    if (x.shape[0] === length) continue;
    throw new ShapeError(`scan: xs must have ${length} entries along the first axis, found ${formatType(x)}`, {
      op: 'scan',
      found: formatType(x),
    });
  }
  return length;
}
