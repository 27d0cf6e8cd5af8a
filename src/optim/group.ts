/** Parameters that an optimizer updates together, and what becomes of them when others are frozen or unfrozen. */

import { addon } from '../native/addon.js';
import { type DType, sizeOf } from '../tensor/dtype.js';
import { array } from '../tensor/ndarray.js';
import { runOnce } from '../tensor/runOnce.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Trace } from '../tensor/trace.js';
import { pack, unpack } from '../tensor/training.js';
import { type Parameter, Variable } from '../tensor/variable.js';

/** Parameters as one vector, and what their rule keeps: slots of the same length. */
export interface Group {
  /** In the names of its variables. Groups count from 0 as they join. */
  readonly id: number;
  readonly parameters: readonly Parameter[];
  readonly slots: Readonly<Record<string, Variable>>;
  /** Steps that the optimizer had tried when the group joined; undefined: none. */
  readonly begun: Variable | undefined;
}

/** Elements of parameters that lie one after the other, with what is between them. */
export const packedSize = (parameters: readonly Parameter[]): number => offsetsOf(parameters).at(-1)!;

/** Elements before each of them; the last entry is the total. */
export const offsetsOf = (parameters: readonly Parameter[]): readonly number[] =>
  addon.packOffsets(parameters.map(({ shape }) => sizeOf(shape)));

export function zeros(name: string, dtype: DType, shape: readonly number[]): Variable {
  return new Variable({ name, dtype, shape });
}

/** A name of a group's own: that of the first group is plain. */
export const groupName = (name: string, id: number): string => (id === 0 ? name : `${name}.${id}`);

/** A group whose slots are zeros. */
export function makeGroup(id: number, parameters: readonly Parameter[], slotNames: readonly string[], begun: number): Group {
  const { dtype } = parameters[0]!;
  const size = packedSize(parameters);
  const slots = slotNames.map((name) => [name, zeros(groupName(`optimizer.${name}`, id), dtype, [size])] as const);
  const counter = () =>
    new Variable({ name: groupName('optimizer.begun', id), dtype: 'i32', shape: [], init: () => array(begun, { dtype: 'i32' }) });
  return { id, parameters, slots: Object.fromEntries(slots), begun: id === 0 ? undefined : counter() };
}

/** A tensor that lies in a vector of packed parameters. */
export function unpacked(context: Trace, packed: Variable, parameters: readonly Parameter[], parameter: Parameter): Tensor {
  return unpack(context.read(packed), offsetsOf(parameters)[parameters.indexOf(parameter)]!, parameter.shape);
}

/** A group without some of its parameters; the slots of the others keep their values. */
function without(group: Group, left: readonly Parameter[]): Group {
  const made = makeGroup(group.id, left, Object.keys(group.slots), 0);
  const moved = Object.entries(group.slots).filter(([, slot]) => slot.initialized);
  if (moved.length > 0) {
    runOnce('optimizer.regroup', (context) => {
      for (const [name, slot] of moved) {
        context.assign(made.slots[name]!, pack(left.map((parameter) => unpacked(context, slot, group.parameters, parameter))));
      }
    });
  }
  return { ...made, begun: group.begun };
}

/**
 * The groups when exactly `trained` are trained. Parameters that stay keep their slots to the bit,
 * and groups of which all stay are the same objects; new ones join as a group of their own that
 * begins with zeros and counts its steps anew, as PyTorch counts those of each parameter.
 */
export function regroup(
  groups: readonly Group[],
  trained: readonly Parameter[],
  slotNames: readonly string[],
  steps: number,
): readonly Group[] {
  const kept = groups.flatMap((group) => {
    const left = group.parameters.filter((parameter) => trained.includes(parameter));
    if (left.length === group.parameters.length) return [group];
    return left.length === 0 ? [] : [without(group, left)];
  });
  const known = new Set(kept.flatMap(({ parameters }) => parameters));
  const joined = trained.filter((parameter) => !known.has(parameter));
  if (joined.length === 0) return kept;
  const id = Math.max(-1, ...groups.map((group) => group.id)) + 1;
  return [...kept, makeGroup(id, joined, slotNames, steps)];
}

/** Whether these groups train exactly these parameters. */
export function trains(groups: readonly Group[], trained: readonly Parameter[]): boolean {
  const known = new Set(groups.flatMap(({ parameters }) => parameters));
  return known.size === trained.length && trained.every((parameter) => known.has(parameter));
}
