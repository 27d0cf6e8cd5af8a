/** Which models a run holds, and what others may see of them meanwhile. */

import { BusyError } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeArray, NativeVariable } from '../native/binding.js';
import type { Model } from '../nn/module.js';
import type { Cell } from '../tensor/trace.js';

/** Copies of a model's weights: a run renews them at every epoch's end, a call that reads its data later keeps those of now. */
export class Published {
  private readonly copies = new Map<Cell, NativeVariable>();

  constructor(cells: readonly Cell[], seed: number) {
    this.add(cells, seed);
  }

  /** Those that are not there yet. */
  add(cells: readonly Cell[], seed: number): void {
    for (const cell of cells) {
      if (!this.copies.has(cell)) this.copies.set(cell, addon.variable(cell.dtype, cell.shape, cell.native(seed).read()));
    }
  }

  write(cell: Cell, value: NativeArray): void {
    this.copies.get(cell)?.write(value);
  }

  of(cell: Cell): NativeVariable | undefined {
    return this.copies.get(cell);
  }
}

/** The values that a model has now. */
export function valuesOf(model: Model): Published {
  return new Published(
    [...model.variables().values()].filter(({ initialized }) => initialized),
    0,
  );
}

interface Lease {
  readonly published: Published | undefined;
}

const leases = new WeakMap<object, Lease>();

/** Throws `MODEL_BUSY` if a run has the model. */
export function checkFree(where: string, model: object): void {
  if (!leases.has(model)) return;
  throw new BusyError(`${where}: a run is training this model; wait for it or abort it first`, { op: where });
}

/** Throws `MODEL_BUSY` if a run has one of the variables, maybe through another model that shares them. */
export function checkUnleased(where: string, cells: readonly Cell[], natives: readonly NativeVariable[]): void {
  const at = natives.findIndex(({ leased }) => leased);
  if (at < 0) return;
  const { path } = cells[at]!;
  throw new BusyError(`${where}: a run is training ${path}; wait for it or abort it first`, { op: where, path });
}

/** Takes the model for a run. The function gives it back. */
export function lease(model: object, published: Published | undefined): () => void {
  const mine: Lease = { published };
  leases.set(model, mine);
  return () => {
    if (leases.get(model) === mine) leases.delete(model);
  };
}

/** The weights to predict with: the model's own, or during a run the last ones it published. */
export function readable(where: string, model: object): Published | undefined {
  const held = leases.get(model);
  if (held && !held.published) {
    throw new BusyError(
      `${where}: a run is training this model; with fit(…, { publish: 'epoch' }) it can be used meanwhile, with the weights of the last epoch`,
      {
        op: where,
      },
    );
  }
  return held?.published;
}
