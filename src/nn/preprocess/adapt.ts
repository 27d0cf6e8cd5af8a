/** Fits the statistics of a model's layers to data, block by block, off the JavaScript thread. */

import { setImmediate as turn } from 'node:timers/promises';
import { BusyError, DataError, formatShape, StateError } from '../../errors.js';
import type { DType } from '../../native/binding.js';
import { compile } from '../../tensor/compile.js';
import { sameShape } from '../../tensor/dtype.js';
import { array, type NDArray } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { currentTrace } from '../../tensor/trace.js';
import { columnOf, markInput, nameFeature } from './origin.js';
import type { Accumulator, Fault, Features, Fitted, InputTraits, Preparation } from './preparation.js';
import { inputDType } from './preparation.js';
import { probe } from './probe.js';
import type { Statistic } from './statistic.js';

/** A model, as far as it is fitted to data. */
export interface Adaptable {
  readonly dtype: DType;
  modules(): ReadonlyMap<string, Adaptable>;
  call(x: Tensor): unknown;
  inputTraits(): InputTraits;
  preparation(): Preparation | undefined;
}

/** Rows of a data set, a block after the other; called once for every pass. */
export type Blocks = () => Iterable<NDArray> | AsyncIterable<NDArray>;

export interface AdaptTask {
  /** For errors: `fit`. */
  readonly where: string;
  readonly model: Adaptable;
  readonly blocks: Blocks;
  /** Also layers that are fitted already. */
  readonly refit: boolean;
  readonly cancelled?: () => boolean;
}

interface Part {
  readonly path: string;
  readonly layer: Adaptable;
  readonly preparation: Preparation;
}

/** Elements of a block: a few milliseconds of the core. */
const BLOCK = 2 ** 18;

/** The rows of an array in blocks. */
export function* blocksOf(x: NDArray): Generator<NDArray> {
  const rows = x.shape[0]!;
  const step = Math.max(1, Math.floor(BLOCK / (x.size / rows)));
  for (let begin = 0; begin < rows; begin += step) yield step >= rows ? x : x.slice(begin, begin + step);
}

/** Layers whose statistics come from data, and still have to unless `all`. */
export function fittable(model: Adaptable, all: boolean): Part[] {
  return [...model.modules()].flatMap(([path, layer]) => {
    const preparation = layer.preparation();
    const wanted = preparation?.statistics.some((statistic) => all || !statistic.initialized);
    return preparation && wanted ? [{ path, layer, preparation }] : [];
  });
}

/**
 * Fits layers until none is left: in each pass over the data those whose inputs depend on no layer
 * that is not fitted yet. The event loop turns after each. Returns what takes everything back, which a failure does by itself;
 * undefined if it was cancelled.
 */
export async function adapt(task: AdaptTask): Promise<(() => void) | undefined> {
  const open = new Set(fittable(task.model, task.refit));
  for (const { statistics } of [...open].map(({ preparation }) => preparation)) checkFree(task.where, statistics);
  const undo = [...open].flatMap(({ preparation }) => preparation.statistics.map(keep));
  const revoke = () => {
    for (const one of undo) one();
  };
  try {
    while (open.size > 0) {
      const pass = new Pass(task, [...open]);
      let row = 0;
      for await (const block of task.blocks()) {
        if (task.cancelled?.()) {
          revoke();
          return undefined;
        }
        await pass.add(block, row);
        row += block.shape[0]!;
      }
      if (task.cancelled?.()) {
        revoke();
        return undefined;
      }
      const done = await pass.end();
      if (done.length === 0) break;
      for (const part of done) open.delete(part);
      await turn();
    }
    return revoke;
  } catch (error) {
    revoke();
    throw error;
  }
}

function keep(statistic: Statistic): () => void {
  const before = statistic.initialized ? statistic.value : undefined;
  return () => (before ? statistic.load(before) : statistic.revoke());
}

function checkFree(where: string, statistics: readonly Statistic[]): void {
  const busy = statistics.find(({ leased }) => leased);
  if (busy) throw new BusyError(`${where}: a run is training ${busy.path}; wait for it or abort it first`, { op: where, path: busy.path });
}

/** Once over the data. */
class Pass {
  readonly #task: AdaptTask;
  readonly #open: readonly Part[];
  /** Of the layers that the data come to in this pass. */
  readonly #gathering = new Map<Part, Accumulator>();
  /** Names their features. */
  readonly #columns = new Map<Part, (feature: number) => number | undefined>();
  readonly #step: (block: NDArray) => Promise<{ sound: NDArray; at: NDArray; seen: NDArray[][] }>;

  constructor(task: AdaptTask, open: readonly Part[]) {
    this.#task = task;
    this.#open = open;
    this.#step = compile((x: Tensor) => this.#trace(x), { mode: 'inference', name: task.where });
  }

  async add(block: NDArray, row: number): Promise<void> {
    const { sound, at, seen } = await this.#step(block);
    if (sound.item() === 0) throw this.#unsound(block, at.item(), row);
    for (const [i, [part, accumulator]] of [...this.#gathering].entries()) accumulator.keep?.(seen[i]!, this.#fault(part));
  }

  /** Sets the statistics of the layers that it came to. */
  async end(): Promise<Part[]> {
    const fitted: [Part, Fitted][] = [];
    for (const [part, accumulator] of this.#gathering) fitted.push([part, await accumulator.end(this.#fault(part))]);
    for (const [part, values] of fitted) for (const [statistic, value] of values) set(this.#task.where, part, statistic, value);
    return fitted.map(([part]) => part);
  }

  #trace(given: Tensor): { sound: Tensor; at: Tensor; seen: (readonly Tensor[])[] } {
    const { model } = this.#task;
    const traits = model.inputTraits();
    const x = given.cast(inputDType(traits, model.dtype, given.dtype));
    markInput(x);
    const inputs = probe(new Set(this.#open.map(({ layer }) => layer)), { closed: true }, () => model.call(x));
    const seen = this.#open.flatMap((part) => {
      const input = inputs.get(part.layer);
      if (!input) return [];
      this.#columns.set(part, (feature) => columnOf(input, feature));
      return [currentTrace().withScope(part.path, () => this.#accumulator(part).add(input))];
    });
    const sound = isSound(x, traits.missing).flatten();
    return { sound: sound.all(), at: sound.cast('i32').argmin(), seen };
  }

  #accumulator(part: Part): Accumulator {
    const made = this.#gathering.get(part) ?? part.preparation.begin();
    this.#gathering.set(part, made);
    return made;
  }

  #fault(part: Part): Fault {
    const { path, preparation } = part;
    return (feature, reason) => {
      const column = this.#columns.get(part)?.(feature);
      const layer = `${preparation.name}${path && ` in ${path}`}`;
      return new DataError(`${this.#task.where}: ${layer} cannot be fitted: ${nameFeature(column, feature)} ${reason}`, {
        op: preparation.name,
        path,
        column,
      });
    };
  }

  #unsound(block: NDArray, at: number, begin: number): DataError {
    const { where } = this.#task;
    const width = block.size / block.shape[0]!;
    const [row, column] = [Math.floor(at / width), at % width];
    const value = block.slice(row, row + 1).data[column]!;
    const place = width === 1 ? `row ${begin + row}` : `row ${begin + row}, column ${column}`;
    return new DataError(`${where}: x holds ${value} in ${place}; expected finite numbers`, {
      op: where,
      row: begin + row,
      column,
      found: String(value),
    });
  }
}

/** Finite, or missing where the model fills it. */
function isSound(x: Tensor, missing: Features): Tensor {
  if (missing === 'all') return x.isFinite().or(x.isNaN());
  if (missing.length === 0) return x.isFinite();
  const may = Array.from({ length: x.shape.at(-1)! }, (_, i) => missing.includes(i));
  return x.isFinite().or(x.isNaN().and(array(may)));
}

function set(where: string, { path, preparation }: Part, statistic: Statistic, value: NDArray): void {
  if (statistic.defined && !sameShape(statistic.shape, value.shape)) {
    const [before, now] = [formatShape(statistic.shape), formatShape(value.shape)];
    throw new StateError(
      `${where}: ${preparation.name}${path && ` in ${path}`} was fitted before and cannot change its size: ${statistic.path} has shape ${before}, these data need ${now}. Make a new model.`,
      { op: preparation.name, path, expected: before, found: now },
    );
  }
  statistic.load(value);
}
