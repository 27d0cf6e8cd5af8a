/** Functions of tensors as native programs. */

import { DTypeError, describe, formatShape, OptionError, StateError } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeArray, NativeFunction, NativeProgram } from '../native/binding.js';
import { converted, fromNative } from '../native/errors.js';
import { callable, checkArgument, checkOptions, integer, oneOf, optional, type Rules, text, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import { type ArrayType, sameShape } from './dtype.js';
import { array, isSmall, NDArray } from './ndarray.js';
import { Places } from './places.js';
import { Tensor } from './tensor.js';
import { type Mode, openTrace, type Trace, trace } from './trace.js';
import { flatten, type Structure } from './tree.js';
import { trainableVersion, Variable } from './variable.js';

export interface CompiledOptions {
  /** Of draws (dropout, random numbers) and of parameters that get their first values here. Default 0. */
  readonly seed?: number;
  /** Needed by layers that behave differently, as dropout; they throw without it. */
  readonly mode?: Mode;
  /** For errors and warnings. Default: the function's own name. */
  readonly name?: string;
}

const rules = {
  seed: withDefault(integer(0), 0),
  mode: optional(oneOf('training', 'inference')),
  name: optional(text()),
} satisfies Rules<CompiledOptions>;

/** What a caller gives for what the function is declared to take. */
export type Given<T> = T extends Tensor
  ? NDArray | number | boolean
  : T extends string | undefined | null
    ? T
    : T extends number | boolean | bigint | symbol | ((...args: never[]) => unknown)
      ? never
      : { readonly [K in keyof T]: Given<T[K]> };

/** What a caller gets for what the function returns. */
export type Result<T> = T extends Tensor | Variable
  ? NDArray
  : T extends NDArray | string | number | boolean | bigint | symbol | null
    ? T
    : undefined extends T // undefined and void
      ? T
      : T extends ReadonlyMap<infer K, infer V>
        ? Map<K, Result<V>>
        : { -readonly [K in keyof T]: Result<T[K]> };

type Arguments<A extends readonly unknown[]> = { [K in keyof A]: Given<A[K]> };

/** A compiled function. Calls run in order, one at a time; those of `sync` on the calling thread. */
export interface Compiled<A extends readonly unknown[], R> {
  /** Runs off the JavaScript thread. */
  (...args: Arguments<A>): Promise<Result<R>>;
  /** Runs on the calling thread: less delay for small programs, but it blocks. */
  sync(...args: Arguments<A>): Result<R>;
  /** The program of the last call: order, shapes, bytes, fused regions, layer paths. */
  toString(): string;
}

/** Programs of one function that are kept. */
const KEPT = 64;
/** One function traced so often probably sees a new shape at each call. */
const MANY = 32;
/** What one call may list. */
const MOST_OPERANDS = 1000;

interface Entry {
  /** Of the trainable parameters that it was traced with. */
  readonly version: number;
  /** Of its arguments, if they are arrays and nothing is nested: seen at once, without the text of a key. */
  readonly plain: readonly ArrayType[] | undefined;
  readonly program: NativeProgram;
  readonly run: NativeFunction;
  /** Of calls from this thread whose results are small. */
  readonly places: Places | undefined;
  readonly outputs: Structure;
  /** Index of a program output, or a value that is the same in every run. */
  readonly leaves: readonly ({ readonly output: number } | { readonly value: unknown })[];
}

/**
 * A function of tensors as a native program. It is traced once for each combination of shapes,
 * dtypes and other values of its arguments (64 are kept): called with tensors that have no
 * numbers yet, to see what it computes. Arguments and results may be nested in arrays and
 * objects; what is not a number, boolean or `NDArray` is part of the combination.
 *
 *     const f = compile((x: Tensor, w: Tensor) => {
 *       const loss = x.matmul(w).square().mean();
 *       return { loss, dw: grad(loss, w) };
 *     });
 *     const { loss, dw } = await f(array([[1, 2]]), array([[3], [4]]));
 *
 * Variables read inside are read at each run, assigned ones are written at its end. An error in
 * the function leaves nothing behind.
 */
export function compile<A extends readonly unknown[], R>(fn: (...args: A) => R, options?: CompiledOptions): Compiled<A, R> {
  checkArgument('compile', 'the first argument', fn, callable<(...args: A) => R>());
  const checked = checkOptions('compile', options, rules);
  const cache = new Programs(fn as unknown as (...args: unknown[]) => unknown, checked);
  const call = (...args: unknown[]): Promise<unknown> => cache.call(args);
  return Object.assign(call, {
    sync: (...args: unknown[]) => cache.callSync(args),
    toString: () => cache.toString(),
  }) as unknown as Compiled<A, R>;
}

class Programs {
  readonly #entries = new Map<string, Entry>();
  readonly #name: string;
  #step: Variable | undefined;
  #traced = 0;
  #last: Entry | undefined;

  constructor(
    private readonly fn: (...args: unknown[]) => unknown,
    private readonly options: { readonly seed: number; readonly mode: Mode | undefined; readonly name: string | undefined },
  ) {
    this.#name = options.name ?? (fn.name || 'compiled function');
  }

  async call(args: readonly unknown[]): Promise<unknown> {
    const attach = callSite();
    const { entry, values } = this.#prepare(args);
    try {
      return assemble(entry, inCore(await entry.run.call(values.map(({ native }) => native))));
    } catch (error) {
      const ours = fromNative(error);
      throw ours instanceof Error ? attach(ours) : ours;
    }
  }

  callSync(args: readonly unknown[]): unknown {
    const { entry, values } = this.#prepare(args);
    if (entry.places) return assemble(entry, entry.places.call(entry.run, values));
    const natives = values.map(({ native }) => native);
    return assemble(entry, inCore(converted(() => entry.run.callSync(natives))));
  }

  toString(): string {
    return this.#last?.program.toString() ?? `${this.#name}: not called yet, so there is no program to print`;
  }

  #prepare(args: readonly unknown[]): { entry: Entry; values: readonly NDArray[] } {
    if (openTrace()) {
      throw new StateError(
        `${this.#name} is compiled and takes values; while another function is traced, call the plain function instead.`,
      );
    }
    const last = this.#last;
    if (last?.version === trainableVersion() && areOf(last.plain, args)) return { entry: last, values: args };
    const { leaves, paths, structure } = flatten(args);
    const given = leaves.map((leaf, i) => asArgument(leaf, this.#name, paths[i]!));
    const key = `${trainableVersion()}|${structure.text}|${given.map(signature).join('|')}`;
    let entry = this.#entries.get(key);
    if (entry) this.#entries.delete(key);
    else entry = this.#compile(args, given, paths, structure);
    this.#entries.set(key, entry);
    if (this.#entries.size > KEPT) this.#entries.delete(this.#entries.keys().next().value!);
    this.#last = entry;
    return { entry, values: given.filter((value) => value instanceof NDArray) };
  }

  #compile(args: readonly unknown[], given: readonly unknown[], paths: readonly string[], structure: Structure): Entry {
    const version = trainableVersion();
    this.#warn();
    this.#step ??= new Variable({ shape: [], dtype: 'i32', init: () => array(0, { dtype: 'i32' }), name: `${this.#name}.step` });
    const options = { ...this.options, name: this.#name, step: this.#step };
    const { graph, variables, result, seed } = trace(options, (context) => {
      const inside = given.map((value, i) => (value instanceof NDArray ? context.argument(argumentName(paths[i]!), value) : value));
      return declareOutputs(context, this.fn(...(structure.build(inside) as unknown[])), this.#name);
    });
    const program = converted(() => addon.program(graph));
    const natives = variables.map((cell) => cell.native(seed));
    const parameters = given.filter((value) => value instanceof NDArray);
    const small = result.types.length + parameters.length <= MOST_OPERANDS && result.types.every(isSmall);
    return {
      version,
      plain: args.every((arg) => arg instanceof NDArray) ? parameters.map(({ dtype, shape }) => ({ dtype, shape })) : undefined,
      program,
      run: converted(() => addon.bind(program, natives, graph)),
      places: small ? new Places(parameters, result.types) : undefined,
      outputs: result.outputs,
      leaves: result.leaves,
    };
  }

  #warn(): void {
    if (++this.#traced !== MANY) return;
    process.emitWarning(
      `${this.#name} has been compiled for ${MANY} combinations of shapes and values. Each takes time; pad inputs to a few sizes, or pass numbers that change as arguments.`,
      { type: 'SlalomWarning', code: 'SLALOM_RETRACE' },
    );
  }
}

function areOf(types: readonly ArrayType[] | undefined, args: readonly unknown[]): args is readonly NDArray[] {
  if (types?.length !== args.length) return false;
  return types.every(({ dtype, shape }, i) => {
    const arg = args[i];
    return arg instanceof NDArray && arg.dtype === dtype && sameShape(arg.shape, shape);
  });
}

/** Names in the printed program: `x`, `0.weights` would not be words. */
function argumentName(path: string): string {
  return `arg${path}`;
}

function asArgument(leaf: unknown, name: string, path: string): unknown {
  if (leaf instanceof NDArray || leaf === undefined || leaf === null || typeof leaf === 'string') return leaf;
  if (typeof leaf === 'number' || typeof leaf === 'boolean') return array(leaf);
  const hint = ArrayBuffer.isView(leaf)
    ? ': wrap it with array()'
    : leaf instanceof Tensor
      ? ': a tensor of a trace has no value'
      : leaf instanceof Variable
        ? ': variables are read inside, do not pass them'
        : '';
  throw new DTypeError(`${name}: argument ${path} is ${describe(leaf)}; expected an NDArray, a number or a boolean${hint}`, {
    found: describe(leaf),
  });
}

function signature(value: unknown): string {
  return value instanceof NDArray ? value.dtype + formatShape(value.shape) : JSON.stringify(value ?? String(value));
}

interface Declared extends Pick<Entry, 'outputs' | 'leaves'> {
  readonly types: readonly ArrayType[];
}

function declareOutputs(context: Trace, returned: unknown, name: string): Declared {
  if (typeof (returned as { then?: unknown } | undefined)?.then === 'function') {
    throw new StateError(
      `${name} is async: a traced function builds its program at once and cannot wait. Load data before the call and pass it as arguments.`,
    );
  }
  const { leaves, paths, structure } = flatten(returned);
  const types: ArrayType[] = [];
  const places = leaves.map((leaf, i) => {
    if (leaf instanceof Tensor || leaf instanceof Variable) {
      context.output(leaf);
      return { output: types.push({ dtype: leaf.dtype, shape: Object.freeze([...leaf.shape]) }) - 1 };
    }
    if (typeof leaf === 'function' || typeof leaf === 'symbol') {
      throw new OptionError(`${name}: result ${paths[i]} is ${describe(leaf)}; expected tensors, arrays, numbers or strings`);
    }
    return { value: leaf };
  });
  return { outputs: structure, leaves: places, types };
}

const inCore = (results: readonly NativeArray[]): NDArray[] => results.map((result) => new NDArray(result));

function assemble({ outputs, leaves }: Entry, results: readonly NDArray[]): unknown {
  return outputs.build(leaves.map((leaf) => ('output' in leaf ? results[leaf.output] : leaf.value)));
}
