/** What all families of tensor methods share. No family knows another; `Tensor` joins them. */

import { formatType, StateError } from '../../errors.js';
import type { OpAttrs, OpName } from '../../native/ops.gen.js';
import type { DType } from '../dtype.js';
import type { NDArray } from '../ndarray.js';

/** Something that stands for a tensor in a trace: a variable, a parameter. */
export interface Readable<T> {
  read(): T;
}

/**
 * What an op takes. Numbers and booleans adapt to the dtype of the tensors beside them; an
 * `NDArray` becomes a constant; a variable is read.
 */
export type OperandOf<T> = T | Readable<T> | NDArray | number | boolean;

/** The graph that a tensor belongs to. Always appends to the graph that is traced at present. */
export interface Owner<T> {
  /** Appends a node and returns its first result. Numbers take the dtype of the first tensor. */
  emit<K extends OpName>(op: K, inputs: readonly OperandOf<T>[], attrs: OpAttrs[K]): T;
  /** Appends a node and returns all its results. */
  emitAll<K extends OpName>(op: K, inputs: readonly OperandOf<T>[], attrs: OpAttrs[K]): T[];
  /** What the activation function `kind` makes; a trace that is watched notes it. */
  activation(kind: string, make: () => T): T;
  dtypeOf(id: number): DType;
  shapeOf(id: number): readonly number[];
}

/** A value of the graph under construction. Only its type is known, no numbers. */
export abstract class TensorBase<T> {
  /** @internal */
  readonly owner: Owner<T>;
  /** @internal */
  readonly id: number;
  #dtype: DType | undefined;
  #shape: readonly number[] | undefined;

  /** @internal */
  constructor(owner: Owner<T>, id: number) {
    this.owner = owner;
    this.id = id;
  }

  get dtype(): DType {
    this.#dtype ??= this.owner.dtypeOf(this.id);
    return this.#dtype;
  }

  /** Static: every dimension is a number. */
  get shape(): readonly number[] {
    this.#shape ??= Object.freeze(this.owner.shapeOf(this.id));
    return this.#shape;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return this.shape.reduce((product, d) => product * d, 1);
  }

  /** `Tensor f32[2, 3]`: tensors of a trace have types, not values. */
  toString(): string {
    return `Tensor ${formatType(this)}`;
  }

  toJSON(): never {
    throw this.#symbolic('JSON');
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw this.#symbolic('a number');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  #symbolic(wanted: string): StateError {
    return new StateError(
      `${this} has no value while it is traced, so it cannot become ${wanted}. Compare with less(), equal(), … and choose with ` +
        'where(condition, a, b); loops over a fixed count may be written out, others are scan(). To see numbers, return the tensor from the function.',
      { found: this.toString() },
    );
  }

  /** @internal */
  protected op<K extends OpName>(name: K, others: readonly OperandOf<T>[], attrs: OpAttrs[K]): T {
    return this.owner.emit(name, [this as unknown as T, ...others], attrs);
  }

  /** @internal */
  protected get self(): T {
    return this as unknown as T;
  }
}
