/**
 * Graphs under construction. A trace has a root region; the bodies of `scan` and
 * `customGradient` are regions inside it. A region may use tensors of the regions around it:
 * they become explicit arguments.
 */

import { DTypeError, StateError } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeGraph } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { OpAttrs, OpName } from '../native/ops.gen.js';
import type { ArrayType, DType } from './dtype.js';
import type { Owner, Readable } from './methods/base.js';
import { NDArray } from './ndarray.js';
import { type Operand, Tensor } from './tensor.js';

/** What all regions of one trace share. */
export interface Shared {
  /** Layer path of the nodes to come. */
  scope: string;
  /** What is traced: the name of the function or model, for errors. */
  readonly name: string;
  /** Set while somebody watches: what activation functions have made. */
  watch?: Activated[] | undefined;
}

/** What an activation function has made. */
export interface Activated {
  /** `relu`, `tanh`, … */
  readonly kind: string;
  /** Of the layer. */
  readonly path: string;
  readonly value: Tensor;
}

/** A tensor of an outer region and the argument that stands for it inside. */
export interface Capture {
  readonly outer: Tensor;
  readonly inner: Tensor;
}

const stack: Region[] = [];

/** The innermost region that is open, if one is. */
export function openRegion(): Region | undefined {
  return stack.at(-1);
}

/** The innermost region that is open. Throws `StateError` outside any trace. */
export function currentRegion(what = 'ops on tensors'): Region {
  const region = stack.at(-1);
  if (region) return region;
  throw new StateError(
    `${what} can only be used inside a function that is traced: pass it to compile(), or use it in a model's forward() or a loss.`,
  );
}

export class Region implements Owner<Tensor> {
  readonly graph: NativeGraph = addon.graph();
  readonly captures: Capture[] = [];
  readonly #lifted = new Map<Tensor, Tensor>();
  #open = true;
  #scope = '';

  constructor(
    readonly shared: Shared,
    readonly parent?: Region,
    /** Step number for draws inside; a loop's differs in every iteration. */
    readonly drawStep?: () => Tensor,
  ) {}

  /** Runs `body` with this region as the current one. Afterwards its tensors are of no more use. */
  run<R>(body: () => R): R {
    try {
      return this.enter(body);
    } finally {
      this.end();
    }
  }

  /** Runs a part of what this region is for. */
  enter<R>(body: () => R): R {
    stack.push(this);
    try {
      return body();
    } finally {
      stack.pop();
    }
  }

  /** After the last part. */
  end(): void {
    this.#open = false;
  }

  /** A new argument. */
  argument(name: string, { dtype, shape }: ArrayType): Tensor {
    return new Tensor(
      this,
      converted(() => this.graph.input('argument', name, dtype, shape)),
    );
  }

  /** A new state input. */
  state(name: string, { dtype, shape }: ArrayType): Tensor {
    return new Tensor(
      this,
      converted(() => this.graph.input('state', name, dtype, shape), name),
    );
  }

  /** Declares the argument for an outer tensor, unless there is one. */
  capture(outer: Tensor): Tensor {
    const known = this.#lifted.get(outer);
    if (known) return known;
    const inner = this.argument(`outer${this.captures.length}`, outer);
    this.#lifted.set(outer, inner);
    this.captures.push({ outer, inner });
    return inner;
  }

  emit<K extends OpName>(op: K, inputs: readonly Operand[], attrs: OpAttrs[K], regions?: readonly Region[]): Tensor {
    const region = currentRegion();
    return new Tensor(region, region.#append(op, inputs, attrs, regions));
  }

  emitAll<K extends OpName>(op: K, inputs: readonly Operand[], attrs: OpAttrs[K], regions?: readonly Region[]): Tensor[] {
    const region = currentRegion();
    const first = region.#append(op, inputs, attrs, regions);
    return Array.from({ length: region.graph.resultCount(first) }, (_, i) => new Tensor(region, first + i));
  }

  /** Of functions inside one another the outermost counts. Bodies of loops are not seen: their values do not leave them. */
  activation(kind: string, make: () => Tensor): Tensor {
    const { shared } = this;
    const { watch, scope: path } = shared;
    if (!watch) return make();
    shared.watch = undefined;
    try {
      const value = make();
      if ((value.owner as Region).parent === undefined) watch.push({ kind, path, value });
      return value;
    } finally {
      shared.watch = watch;
    }
  }

  /** Gradients of sum(y · seed) with respect to `xs`, in the region of y, which must see them. */
  gradient(y: Tensor, xs: readonly Tensor[], seed?: Tensor): Tensor[] {
    for (let outer = this.parent; outer && y.owner !== this; outer = outer.parent) {
      if (y.owner === outer) return outer.gradient(y, xs, seed);
    }
    const ids = xs.map((x) => this.resolve(x).id);
    const seedId = seed === undefined ? undefined : this.resolve(seed).id;
    this.#enterScope();
    return converted(() => this.graph.gradient(this.resolve(y).id, ids, seedId)).map((id) => new Tensor(this, id));
  }

  /** The tensor itself, or the argument that stands for it here. */
  resolve(tensor: Tensor): Tensor {
    if (tensor.owner === this) return this.#checkOpen(tensor);
    const owner = tensor.owner as Region;
    for (let outer = this.parent; outer; outer = outer.parent) {
      if (outer === owner) return this.capture(this.parent!.resolve(tensor));
    }
    throw this.#foreign(tensor, owner);
  }

  /** An operand as a tensor of this region; numbers become scalars of `dtype`. Errors name the op, and what it is there. */
  tensor(value: Operand, dtype: DType = typeof value === 'boolean' ? 'bool' : 'f32', op?: string, what?: string): Tensor {
    if (value instanceof Tensor) return this.resolve(value);
    if (typeof value === 'number') return this.#scalar(value, dtype);
    if (typeof value === 'boolean')
      return new Tensor(
        this,
        converted(() => this.graph.scalar(Number(value), dtype)),
      );
    if (value instanceof NDArray) return this.#constant(value);
    if (isReadable(value)) return this.resolve(value.read());
    throw notAnOperand(value, op, what);
  }

  dtypeOf(id: number): DType {
    return this.graph.dtype(id);
  }

  shapeOf(id: number): readonly number[] {
    return this.graph.shape(id);
  }

  #append(op: OpName, inputs: readonly Operand[], attrs: object, regions?: readonly Region[]): number {
    const ids = this.#operands(op, inputs);
    this.#enterScope();
    try {
      return this.graph.emit(
        op,
        ids,
        attrs as Parameters<NativeGraph['emit']>[2],
        regions?.map((region) => region.graph),
      );
    } catch (error) {
      return converted(() => {
        throw error;
      });
    }
  }

  /** Numbers take the dtype of the first tensor beside them; the condition of `where` says nothing about its branches. */
  #operands(op: OpName, inputs: readonly Operand[]): number[] {
    const tensors = inputs.map((input) =>
      typeof input === 'number' || typeof input === 'boolean' ? undefined : this.tensor(input, undefined, op),
    );
    const guide = tensors.find((tensor, i) => tensor && !(op === 'where' && i === 0));
    return inputs.map((input, i) => (tensors[i] ?? this.tensor(input, literalType(input, guide?.dtype))).id);
  }

  #scalar(value: number, dtype: DType): Tensor {
    if (dtype === 'bool' || ((dtype === 'i32' || dtype === 'u8') && !fits(value, dtype))) {
      throw new DTypeError(`the number ${value} cannot be used beside a tensor of ${dtype}: convert the tensor with cast('f32')`, {
        found: String(value),
      });
    }
    return new Tensor(
      this,
      converted(() => this.graph.scalar(value, dtype)),
    );
  }

  /** Held by the outermost region, so that a loop's body does not carry it. */
  #constant(value: NDArray): Tensor {
    if (this.parent) return this.resolve(this.parent.#constant(value));
    const { dtype, shape } = value;
    return new Tensor(
      this,
      converted(() => this.graph.constant(value.native.read(), dtype, shape)),
    );
  }

  #enterScope(): void {
    if (this.#scope === this.shared.scope) return;
    this.#scope = this.shared.scope;
    this.graph.setScope(this.#scope);
  }

  #checkOpen(tensor: Tensor): Tensor {
    if (this.#open) return tensor;
    throw this.#foreign(tensor, this);
  }

  #foreign(tensor: Tensor, owner: Region): StateError {
    const state = owner.#open ? 'belongs to another function that is being traced' : 'belongs to a trace that has ended';
    const hint =
      owner.shared === this.shared
        ? 'Return it from the inner function instead.'
        : 'Tensors live only while their function is traced: pass values as arguments, keep state in a variable().';
    return new StateError(`${tensor} of ${owner.shared.name} ${state}; it cannot be used in ${this.shared.name}. ${hint}`, {
      found: tensor.toString(),
    });
  }
}

/** What `tensor` takes. */
export function isOperand(value: unknown): value is Operand {
  return (
    value instanceof Tensor || value instanceof NDArray || typeof value === 'number' || typeof value === 'boolean' || isReadable(value)
  );
}

function isReadable(value: unknown): value is Readable<Tensor> {
  return typeof value === 'object' && value !== null && typeof (value as { read?: unknown }).read === 'function';
}

function literalType(literal: Operand, guide: DType | undefined): DType {
  if (guide !== undefined) return guide;
  return typeof literal === 'boolean' ? 'bool' : 'f32';
}

function fits(value: number, dtype: DType): boolean {
  return Number.isInteger(value) && (dtype === 'u8' ? value >= 0 && value <= 255 : value >= -(2 ** 31) && value < 2 ** 31);
}

function notAnOperand(value: unknown, op?: string, what?: string): DTypeError {
  const found = Array.isArray(value) ? 'an array (use array() to make an NDArray of it)' : value === null ? 'null' : typeof value;
  const expected = `expected a tensor, a variable, an NDArray or a number, found ${found}`;
  if (op === undefined) return new DTypeError(expected, { found });
  return new DTypeError(`${what === undefined ? op : `${op}, ${what}`}: ${expected}`, { op, found });
}
