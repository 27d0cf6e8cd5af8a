/** Averages of weights that a training step keeps beside the weights. */

import { sizeOf } from '../tensor/dtype.js';
import { runOnce } from '../tensor/runOnce.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Trace } from '../tensor/trace.js';
import { pack } from '../tensor/training.js';
import type { Parameter, Variable } from '../tensor/variable.js';
import { type Group, groupName, offsetsOf, packedSize, unpacked, zeros } from './group.js';

/** Where an average of a parameter lies: elements [begin, end) of a vector. */
export interface Piece {
  readonly packed: Variable;
  readonly begin: number;
  readonly end: number;
}

/**
 * average ← average + share · (weight − average) after every step, in the step's own program: one
 * vector for each group of the optimizer. The first share must be 1 and makes the average a copy;
 * 0 leaves it as it is. A weight that does not move keeps its average to the bit.
 */
export class Averaging {
  #averages: ReadonlyMap<Group, Variable> = new Map();
  /** Whether a share other than 0 has been given. */
  begun = false;

  /** In the trace of a step, after its update. */
  update(context: Trace, groups: readonly Group[], share: Tensor): void {
    this.#follow(context, groups);
    context.withScope('average', () => {
      for (const group of groups) {
        const average = this.#averages.get(group)!;
        const before = context.read(average);
        context.assign(average, before.add(context.readPacked(group.parameters).sub(before).mul(share.cast(before.dtype))));
      }
    });
  }

  /** Whether a variable is an average. */
  owns(cell: unknown): boolean {
    return [...this.#averages.values()].includes(cell as Variable);
  }

  /** The average of every parameter that is trained. */
  pieces(): ReadonlyMap<Parameter, Piece> {
    const pieces = new Map<Parameter, Piece>();
    for (const [{ parameters }, packed] of this.#averages) {
      const offsets = offsetsOf(parameters);
      for (const [i, parameter] of parameters.entries()) {
        pieces.set(parameter, { packed, begin: offsets[i]!, end: offsets[i]! + sizeOf(parameter.shape) });
      }
    }
    return pieces;
  }

  /** One vector for each group. Parameters that the optimizer takes in later begin with their weights of then. */
  #follow(context: Trace, groups: readonly Group[]): void {
    const before = this.#averages;
    context.onFailure(() => {
      this.#averages = before;
    });
    const known = new Map(
      [...before].flatMap(([group, packed]) => group.parameters.map((parameter) => [parameter, { group, packed }] as const)),
    );
    const make = (group: Group) => {
      const made = zeros(groupName('average', group.id), group.parameters[0]!.dtype, [packedSize(group.parameters)]);
      if (this.begun) {
        runOnce('average.follow', (once) => {
          const pieces = group.parameters.map((parameter) => {
            const found = known.get(parameter);
            return found ? unpacked(once, found.packed, found.group.parameters, parameter) : once.read(parameter);
          });
          once.assign(made, pack(pieces));
        });
      }
      return made;
    };
    this.#averages = new Map(groups.map((group) => [group, before.get(group) ?? make(group)]));
  }
}
