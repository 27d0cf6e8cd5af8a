/**
 * One function being traced: its root region, its variables and their versions, its layer path,
 * its draws. What comes out is a graph and the variables it is to be bound to.
 */

import { setImmediate as turn } from 'node:timers/promises';
import { DTypeError, formatShape, ShapeError, StateError } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeGraph, NativeVariable } from '../native/binding.js';
import { converted } from '../native/errors.js';
import { type ArrayType, type DType, sameShape, sizeOf } from './dtype.js';
import { type Activated, currentRegion, openRegion, Region, type Shared } from './region.js';
import type { Operand, Tensor } from './tensor.js';

export type Mode = 'training' | 'inference';

export interface TraceOptions {
  /** What is traced, for errors: `compiled function step`. */
  readonly name?: string;
  /** Layers that behave differently ask for it; without one they throw. */
  readonly mode?: Mode;
  /** Of draws, and of parameters that get their first values here. Default 0. */
  readonly seed?: number;
  /**
   * i32 scalar: which run of the program this is. Draws depend on it, and the program adds 1 to
   * it, whether the guard holds or not. Needed as soon as something draws.
   */
  readonly step?: Cell;
  /** Only these are written at the end of a run, and no guard is asked: for a look at a step that is not taken. Default: all that are assigned. */
  readonly writes?: readonly Cell[];
}

/** Native state that a trace reads and assigns: a variable. */
export interface Cell {
  /** Path in its model, or a name; for errors and the printed program. */
  readonly path: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Whether it has a value. */
  readonly initialized: boolean;
  /** The native variable, with its first value if it has none yet. */
  native(seed: number): NativeVariable;
  /** Takes back the first value, and a shape that a trace gave it. */
  revoke(): void;
}

/** What a trace leaves behind. */
export interface Traced<R> {
  readonly graph: NativeGraph;
  /** In the order of the graph's state inputs. */
  readonly variables: readonly Cell[];
  readonly result: R;
  readonly seed: number;
}

interface Version {
  readonly input: Tensor;
  value: Tensor;
  guarded: boolean;
  /** Set while the value is a piece of a packed assignment. */
  pack?: Pack;
}

interface Pack {
  readonly cells: readonly Cell[];
  readonly value: Tensor;
  readonly guarded: boolean;
}

const open = new WeakMap<Shared, Trace>();

/** The trace in progress. Throws `StateError` if there is none. */
export function currentTrace(what?: string): Trace {
  return open.get(currentRegion(what).shared)!;
}

/** The trace in progress, if there is one. */
export function openTrace(): Trace | undefined {
  const region = openRegion();
  return region && open.get(region.shared);
}

/**
 * Traces `body`. It declares arguments and outputs on the trace it is given. If it throws, the
 * trace is given up without a trace, and the error goes on.
 */
export function trace<R>(options: TraceOptions, body: (trace: Trace) => R): Traced<R> {
  // biome-ignore lint/correctness/useYield: a body in one part
  return traceAtOnce(options, function* (context) {
    return body(context);
  });
}

/** The body of a long trace, with pauses between its parts. */
export type TracedParts<R> = (trace: Trace) => Generator<void, R>;

/** Without the pauses. */
export function traceAtOnce<R>(options: TraceOptions, body: TracedParts<R>): Traced<R> {
  const parts = traceParts(options, body);
  for (let part = parts.next(); ; part = parts.next()) if (part.done) return part.value;
}

/** The event loop turns in the pauses; others may trace then. */
export async function traceInParts<R>(options: TraceOptions, body: TracedParts<R>): Promise<Traced<R>> {
  const parts = traceParts(options, body);
  for (let part = parts.next(); ; part = parts.next()) {
    if (part.done) return part.value;
    await turn();
  }
}

function* traceParts<R>(options: TraceOptions, body: TracedParts<R>): Generator<void, Traced<R>> {
  const context = new Trace(options);
  const { root } = context;
  const parts = body(context);
  const next = () => {
    const part = parts.next();
    if (part.done) context.close();
    return part;
  };
  try {
    for (let part = root.enter(() => context.attempt(next)); ; part = root.enter(() => context.attempt(next))) {
      if (part.done) return { graph: root.graph, variables: [...context.versions.keys()], result: part.value, seed: context.seed };
      yield;
    }
  } finally {
    root.end();
  }
}

export class Trace {
  readonly name: string;
  readonly seed: number;
  readonly root: Region;
  /** @internal Every cell that was read, with its latest version. */
  readonly versions = new Map<Cell, Version>();
  readonly #shared: Shared & { scope: string };
  readonly #mode: Mode | undefined;
  readonly #step: Cell | undefined;
  readonly #writes: readonly Cell[] | undefined;
  #draws = new Map<string, number>();
  #drawStep: Tensor | undefined;
  readonly #undo: (() => void)[] = [];

  /** @internal Made by `trace`. */
  constructor({ name = 'a traced function', mode, seed = 0, step, writes }: TraceOptions) {
    this.name = name;
    this.seed = seed;
    this.#mode = mode;
    this.#step = step;
    this.#writes = writes;
    this.#shared = { scope: '', name };
    this.root = new Region(this.#shared);
    open.set(this.#shared, this);
  }

  /** Training or inference. Throws `StateError` if the trace was not told. */
  get mode(): Mode {
    if (this.#mode) return this.#mode;
    const who = this.#shared.scope === '' ? 'a layer' : this.#shared.scope;
    throw new StateError(
      `${who} behaves differently in training and inference: say which, compile(f, { mode: 'training' }) or compile(f, { mode: 'inference' }).`,
      {
        path: this.#shared.scope,
      },
    );
  }

  get training(): boolean {
    return this.mode === 'training';
  }

  /** The mode if the trace was told one. */
  get knownMode(): Mode | undefined {
    return this.#mode;
  }

  /** The layer path of the nodes to come. */
  get scope(): string {
    return this.#shared.scope;
  }

  /** Runs `body` with another layer path. */
  withScope<R>(path: string, body: () => R): R {
    const before = this.#shared.scope;
    this.#shared.scope = path;
    try {
      return body();
    } finally {
      this.#shared.scope = before;
    }
  }

  /** An argument of the program: given anew at each run. */
  argument(name: string, type: ArrayType): Tensor {
    return this.root.argument(name, type);
  }

  /** A result of the program; results come in the order of these calls. */
  output(value: Operand): void {
    const { id } = this.root.tensor(value);
    converted(() => this.root.graph.output(id));
  }

  /** Guarded commits wait for this bool scalar. */
  guard(value: Tensor): void {
    const { id } = this.root.resolve(value);
    if (!this.#writes) converted(() => this.root.graph.guard(id));
  }

  /** The latest version of a variable. */
  read(cell: Cell): Tensor {
    return this.#version(cell).value;
  }

  /** The value that the variable had when the run began. */
  initial(cell: Cell): Tensor {
    return this.#version(cell).input;
  }

  /**
   * A new version: later reads see it, the last one is committed at the end of the run. An
   * unguarded commit does not wait for the guard.
   */
  assign(cell: Cell, value: Operand, guarded = true): void {
    this.#checkRoot(cell);
    const version = this.#version(cell);
    const next = this.root.tensor(value, cell.dtype);
    if (next.dtype !== cell.dtype) {
      throw new DTypeError(`${cell.path} is ${cell.dtype} and cannot be assigned ${next.dtype}: convert it with cast('${cell.dtype}')`, {
        path: cell.path,
      });
    }
    if (!sameShape(next.shape, cell.shape)) {
      const [expected, found] = [formatShape(cell.shape), formatShape(next.shape)];
      throw new ShapeError(`${cell.path} has shape ${expected} and cannot be assigned ${found}`, { path: cell.path, expected, found });
    }
    Object.assign(version, { value: next, guarded, pack: undefined });
  }

  /** Latest versions of variables of one dtype as one flat tensor, padded between: an optimizer's whole group at once. */
  readPacked(cells: readonly Cell[]): Tensor {
    const [first] = cells.map((cell) => this.#version(cell).pack);
    const whole =
      first &&
      first.cells.length === cells.length &&
      cells.every((cell, i) => first.cells[i] === cell && this.versions.get(cell)!.pack === first);
    return whole
      ? first.value
      : this.root.emit(
          'pack',
          cells.map((cell) => this.read(cell)),
          {},
        );
  }

  /** New versions of variables from a flat tensor as `readPacked` gives it. Commits in one piece where it can. */
  assignPacked(cells: readonly Cell[], value: Tensor, guarded = true): void {
    for (const cell of cells) this.#checkRoot(cell);
    const offsets = addon.packOffsets(cells.map((cell) => sizeOf(cell.shape)));
    const pack: Pack = { cells, value: this.root.resolve(value), guarded };
    cells.forEach((cell, i) => {
      const piece = this.root.emit('unpack', [value], { offset: offsets[i]!, shape: cell.shape });
      Object.assign(this.#version(cell), { value: piece, guarded, pack });
    });
  }

  /** Runs `body` and lists what activation functions make in it, outside of loops. */
  watch<R>(body: () => R): { readonly result: R; readonly seen: readonly Activated[] } {
    const before = this.#shared.watch;
    const seen: Activated[] = [];
    this.#shared.watch = seen;
    try {
      return { result: body(), seen };
    } finally {
      this.#shared.watch = before;
    }
  }

  /** Key and step of the next draw at this layer path. */
  draw(): { key: bigint; step: Tensor } {
    const path = this.#shared.scope;
    const n = this.#draws.get(path) ?? 0;
    this.#draws.set(path, n + 1);
    const key = addon.randomKey(this.seed, path, n);
    return { key, step: openRegion()?.drawStep?.() ?? this.drawStep() };
  }

  /** @internal Step number of draws outside any loop. */
  drawStep(): Tensor {
    this.#drawStep ??= this.#step ? this.initial(this.#step) : this.root.tensor(0, 'i32');
    return this.#drawStep;
  }

  /** @internal Where the counts of draws stand, for a body that may have to be traced twice. */
  markDraws(): ReadonlyMap<string, number> {
    return new Map(this.#draws);
  }

  /** @internal */
  resetDraws(mark: ReadonlyMap<string, number>): void {
    this.#draws = new Map(mark);
  }

  /** Undoes something if the trace fails. */
  onFailure(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** @internal */
  attempt<R>(body: () => R): R {
    try {
      return body();
    } catch (error) {
      for (const undo of this.#undo.reverse()) undo();
      throw error;
    }
  }

  /** @internal Declares the commits. */
  close(): void {
    if (this.#drawStep && this.#step) this.assign(this.#step, this.initial(this.#step).add(1), false);
    const done = new Set<Pack>();
    for (const [cell, version] of this.versions) {
      if (version.value === version.input || this.#writes?.includes(cell) === false) continue;
      const { pack } = version;
      if (pack === undefined || !this.#isWhole(pack)) this.#commit(version.input, version.value, version.guarded);
      else if (!done.has(pack)) {
        done.add(pack);
        const inputs = pack.cells.map((cell) => this.versions.get(cell)!.input);
        this.#commit(this.root.emit('pack', inputs, {}), pack.value, pack.guarded);
      }
    }
  }

  #isWhole(pack: Pack): boolean {
    return pack.cells.every((cell) => this.versions.get(cell)!.pack === pack);
  }

  #commit(target: Tensor, value: Tensor, guarded: boolean): void {
    converted(() => this.root.graph.commit(target.id, value.id, guarded));
  }

  #version(cell: Cell): Version {
    const known = this.versions.get(cell);
    if (known) return known;
    const input = this.root.state(cell.path, cell);
    const version: Version = { input, value: input, guarded: true };
    this.versions.set(cell, version);
    return version;
  }

  #checkRoot(cell: Cell): void {
    if (openRegion() === this.root) return;
    throw new StateError(
      `${cell.path} cannot be assigned inside the body of scan or customGradient: return the value and assign it outside.`,
      { path: cell.path },
    );
  }
}
