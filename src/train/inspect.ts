/** What the layers of a model refuse in data: categories that they do not know. */

import type { Column } from '../data/columns.js';
import { DataError, formatShape } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeArray, NativeFunction } from '../native/binding.js';
import { converted, fromNative } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import { blocksOf } from '../nn/preprocess/adapt.js';
import { columnOf, markInput, nameFeature } from '../nn/preprocess/origin.js';
import type { Inspection } from '../nn/preprocess/preparation.js';
import { probe } from '../nn/preprocess/probe.js';
import { NDArray } from '../tensor/ndarray.js';
import { type Cell, trace } from '../tensor/trace.js';
import { inputOf } from './input.js';
import type { Published } from './lease.js';
import { Lru } from './lru.js';

interface Inspector {
  readonly path: string;
  readonly name: string;
  readonly inspection: Inspection;
}

interface Inspected extends Inspector {
  readonly columnOf: (feature: number) => number | undefined;
  /** Outputs of the program that are its. */
  readonly outputs: number;
}

interface Program {
  readonly bind: (published: Published | undefined) => NativeFunction;
  readonly parts: readonly Inspected[];
}

const KEPT = 64;
const programs = new WeakMap<Model, Lru<Program>>();

/** Layers that look at data before they are used. */
export function inspectors(model: Model): Inspector[] {
  return [...model.modules()].flatMap(([path, layer]) => {
    const { name = '', inspection } = layer.preparation() ?? {};
    return inspection ? [{ path, name, inspection }] : [];
  });
}

function traceProgram(where: string, model: Model, block: NDArray): Program {
  const layers = model.modules();
  const wanted = inspectors(model);
  const traced = trace({ name: where, mode: 'inference' }, (context) => {
    const x = context.argument('x', block);
    const taken = x.cast(inputOf(model, block.dtype));
    markInput(taken);
    const inputs = probe(new Set(wanted.map(({ path }) => layers.get(path)!)), { closed: false }, () => model.call(taken));
    return wanted.flatMap((one) => {
      const input = inputs.get(layers.get(one.path)!);
      if (!input) return [];
      const seen = context.withScope(one.path, () => one.inspection.look(input));
      for (const tensor of seen) context.output(tensor);
      return [{ ...one, outputs: seen.length, columnOf: (feature: number) => columnOf(input, feature) }];
    });
  });
  const program = converted(() => addon.program(traced.graph));
  const natives = (published: Published | undefined) => traced.variables.map((cell: Cell) => published?.of(cell) ?? cell.native(0));
  const make = (published: Published | undefined) => converted(() => addon.bind(program, natives(published), traced.graph));
  const bound = new WeakMap<Published, NativeFunction>();
  let own: NativeFunction | undefined;
  const bind = (published: Published | undefined) => {
    if (!published) {
      own ??= make(undefined);
      return own;
    }
    const made = bound.get(published) ?? make(published);
    bound.set(published, made);
    return made;
  };
  return { bind, parts: traced.result };
}

function programFor(where: string, model: Model, block: NDArray): Program {
  const cache = programs.get(model) ?? new Lru<Program>(KEPT);
  programs.set(model, cache);
  return cache.get(`${model.dtype},${block.dtype}${formatShape(block.shape)}`, () => traceProgram(where, model, block));
}

function judge(
  where: string,
  { name, numberOf = (place) => place }: Column,
  parts: readonly Inspected[],
  outputs: readonly NativeArray[],
  begin: number,
): void {
  let at = 0;
  for (const { path, name: layer, inspection, outputs: count, columnOf } of parts) {
    const found = inspection.judge(outputs.slice(at, at + count).map((output) => new NDArray(output)));
    at += count;
    if (!found) continue;
    const [row, column] = [numberOf(begin + found.row), columnOf(found.feature)];
    const place = `row ${row}, ${nameFeature(column, found.feature)}`;
    throw new DataError(`${where}: ${place} of ${name} ${found.reason} (${layer}${path && ` in ${path}`})`, {
      op: where,
      path,
      row,
      column,
    });
  }
}

/** Throws `DataError` for the first row that a layer refuses. The rows must be finite or rightly missing. */
export async function inspect(where: string, model: Model, column: Column, published?: Published): Promise<void> {
  if (inspectors(model).length === 0) return;
  let begin = 0;
  for (const block of blocksOf(column.values)) {
    const { bind, parts } = programFor(where, model, block);
    const outputs = await bind(published)
      .call([block.native])
      .catch((error: unknown) => {
        throw fromNative(error);
      });
    judge(where, column, parts, outputs, begin);
    begin += block.shape[0]!;
  }
}

/** `inspect` on the calling thread. */
export function inspectSync(where: string, model: Model, column: Column, published?: Published): void {
  if (inspectors(model).length === 0) return;
  const { values } = column;
  const { bind, parts } = programFor(where, model, values);
  const run = bind(published);
  judge(
    where,
    column,
    parts,
    converted(() => run.callSync([values.native])),
    0,
  );
}
