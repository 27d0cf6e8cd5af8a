/** State that outlives a run: counters, running statistics; parameters are variables that train. */

import { CheckpointError, DTypeError, formatShape, ShapeError, StateError, withPath } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeVariable } from '../native/binding.js';
import { converted } from '../native/errors.js';
import { type DType, sameShape } from './dtype.js';
import { type ArrayInput, array, NDArray } from './ndarray.js';
import type { Operand, Tensor } from './tensor.js';
import { type Cell, currentTrace, openTrace } from './trace.js';

/** What an initialiser is told. */
export interface InitContext {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly seed: number;
  /** `layers.0.weight`: with the seed it names the draw, so values do not depend on the order of construction. */
  readonly path: string;
}

/** Makes the first value of a variable. */
export type Initializer = (context: InitContext) => NDArray;

export interface VariableOptions {
  /** Left out: `define` gives it at the first trace. */
  readonly shape?: readonly number[];
  /** Left out: the dtype of the model it belongs to, else f32. */
  readonly dtype?: DType;
  /** Default: zeros. */
  readonly init?: Initializer;
  readonly name?: string;
}

/**
 * A tensor that programs read and write. Inside a trace `read()` is its latest version and
 * `assign()` makes a new one, committed at the end of the run; outside, `value` is what it holds.
 * Ops take it as they take a tensor.
 */
export class Variable implements Cell {
  readonly #init: Initializer | undefined;
  readonly #ownDtype: boolean;
  readonly #ownShape: readonly number[] | undefined;
  #path: string;
  #dtype: DType | undefined;
  #shape: readonly number[] | undefined;
  #native: NativeVariable | undefined;

  constructor({ shape, dtype, init, name }: VariableOptions) {
    this.#init = init;
    this.#shape = this.#ownShape = shape;
    this.#dtype = dtype;
    this.#ownDtype = dtype !== undefined;
    this.#path = name ?? 'variable';
  }

  /** Path in the model: `layers.0.weight`; else its name. */
  get path(): string {
    return this.#path;
  }

  /** f32 until a model or a loaded value says otherwise. */
  get dtype(): DType {
    return this.#dtype ?? 'f32';
  }

  /** Throws `StateError` before the first trace if the shape depends on the input. */
  get shape(): readonly number[] {
    if (this.#shape) return this.#shape;
    throw new StateError(`${this.#path} has no shape yet: it follows from the first input. Call model.build([…]) or train first.`, {
      path: this.#path,
    });
  }

  /** Whether the shape is known. */
  get defined(): boolean {
    return this.#shape !== undefined;
  }

  /** Whether there is a value: after `build`, the first run, or a load. */
  get initialized(): boolean {
    return this.#native !== undefined;
  }

  /** A copy of what it holds. Throws `MODEL_BUSY` while a run trains it. */
  get value(): NDArray {
    const native = this.#native ?? this.native(0);
    return new NDArray(converted(() => native.read()));
  }

  set value(value: ArrayInput | NDArray) {
    this.load(value instanceof NDArray ? value : array(value, { dtype: this.dtype }));
  }

  /** True while a run holds it. */
  get leased(): boolean {
    return this.#native?.leased ?? false;
  }

  /** Inside a trace: its latest version. */
  read(): Tensor {
    return currentTrace(`the variable ${this.#path}`).read(this);
  }

  /** Inside a trace: later reads see `value`, and the last version is committed at the end of the run. */
  assign(value: Operand): void {
    currentTrace(`the variable ${this.#path}`).assign(this, value);
  }

  /**
   * Fixes a shape that depends on the input; a layer calls it before each read. Throws
   * `ShapeError` if it had another. A trace that fails takes it back.
   */
  define(shape: readonly number[]): this {
    if (this.#shape === undefined) {
      this.#shape = [...shape];
      openTrace()?.onFailure(() => {
        if (!this.#native) this.revoke();
      });
    } else if (!sameShape(this.#shape, shape)) {
      const [expected, found] = [formatShape(this.#shape), formatShape(shape)];
      throw new ShapeError(`${this.#path} has shape ${expected}, but this input needs ${found}`, { path: this.#path, expected, found });
    }
    return this;
  }

  /** Replaces the value. Shape and dtype must fit; a variable without a shape takes this one. */
  load(value: NDArray): void {
    if (this.#dtype !== undefined && value.dtype !== this.#dtype) {
      throw new DTypeError(`${this.#path} is ${this.#dtype}, found a value of ${value.dtype}: convert it with cast('${this.#dtype}')`, {
        path: this.#path,
      });
    }
    this.define(value.shape);
    if (this.#native === undefined) this.#dtype = value.dtype;
    if (this.#native) this.#write(value);
    else this.#native = converted(() => addon.variable(value.dtype, value.shape, value.native));
  }

  /** @internal The native variable; a first value is drawn by (seed, path). */
  native(seed: number): NativeVariable {
    this.#native ??= this.#create(seed);
    return this.#native;
  }

  /** @internal As it was before a first trace gave it a shape, and a run a value. */
  revoke(): void {
    this.#native = undefined;
    this.#shape = this.#ownShape;
  }

  /** @internal A model names what it holds and gives it its dtype, until there is a value. */
  adopt(path: string, dtype: DType): void {
    if (this.#native) return;
    this.#path = path;
    if (!this.#ownDtype) this.#dtype = dtype;
  }

  toString(): string {
    return `${this.constructor.name} ${this.#path} ${this.dtype}${this.#shape ? formatShape(this.#shape) : '[?]'}`;
  }

  #create(seed: number): NativeVariable {
    const { dtype, shape, path } = this;
    if (!this.#init) return converted(() => addon.variable(dtype, shape));
    const value = this.#draw(this.#init, { dtype, shape, path, seed });
    if (!sameShape(value.shape, shape) || value.dtype !== dtype) {
      throw new CheckpointError(
        `the initialiser of ${path} made ${value.dtype}${formatShape(value.shape)}, expected ${dtype}${formatShape(shape)}`,
        { path },
      );
    }
    return converted(() => addon.variable(dtype, shape, value.native));
  }

  #draw(init: Initializer, context: InitContext): NDArray {
    try {
      return init(context);
    } catch (error) {
      throw withPath(error, context.path);
    }
  }

  #write(value: NDArray): void {
    converted(() => this.#native!.write(value.native));
  }
}

/** A variable of one's own, for functions that keep state: `const count = variable(0, { dtype: 'i32' })`. */
export function variable(initial: ArrayInput | NDArray, options: { readonly name?: string; readonly dtype?: DType } = {}): Variable {
  const value = initial instanceof NDArray ? initial : array(initial, { dtype: options.dtype });
  const made = new Variable({ shape: value.shape, dtype: value.dtype, init: () => value, name: options.name });
  made.load(value);
  return made;
}

/** Counts changes of `trainable`: programs compiled before one are traced again. */
let freezes = 0;
export const trainableVersion = (): number => freezes;

/** A variable that training changes. */
export class Parameter extends Variable {
  #trainable = true;

  /** False: optimizers leave it alone. */
  get trainable(): boolean {
    return this.#trainable;
  }

  set trainable(value: boolean) {
    if (value !== this.#trainable) freezes++;
    this.#trainable = value;
  }
}
