import { checkFinite, checkFiniteSync, runChecks } from '../data/check.js';
import { type Column, type ColumnInput, column, rowsOf } from '../data/columns.js';
import { SlalomError } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeFunction } from '../native/binding.js';
import { converted, fromNative } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import { checkOptions, instance, optional, positiveInteger, type Rules, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import { NDArray } from '../tensor/ndarray.js';
import { EVALUATION_BATCH } from './evaluation.js';
import { nestedOf } from './input.js';
import { inspect, inspectSync } from './inspect.js';
import { joined } from './joined.js';
import { type Published, readable } from './lease.js';
import { checkModel } from './options.js';
import { predictStream } from './predictStream.js';
import { type Prediction, prediction } from './programs.js';
import { isStreamed, type StreamedData } from './streamed.js';

export interface PredictOptions {
  /** Rows that are computed at once; changes no bit of the result. Default 256. */
  readonly batchSize?: number;
  /** Stops after the present batch: rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

const rules = {
  batchSize: withDefault(positiveInteger(), EVALUATION_BATCH),
  signal: optional(instance(AbortSignal, 'an AbortSignal')),
} satisfies Rules<PredictOptions>;

/** The model's own weights, bound once for each program; a run's published ones are bound anew. */
const bound = new WeakMap<Prediction, NativeFunction>();

function bind(made: Prediction, published: Published | undefined): NativeFunction {
  const known = published ? undefined : bound.get(made);
  if (known) return known;
  const natives = made.variables.map((cell) => published?.of(cell) ?? cell.native(0));
  const run = converted(() => addon.bind(made.program, natives, made.graph));
  if (!published) bound.set(made, run);
  return run;
}

interface Job {
  readonly x: Column;
  readonly model: Model;
  readonly published: Published | undefined;
}

function start(where: string, model: unknown, x: unknown): Job {
  const checked = checkModel(where, model);
  return {
    x: column(where, 'x', x, Array.isArray(x) ? nestedOf(checked) : undefined),
    model: checked,
    published: readable(where, checked),
  };
}

/** Functions by number of rows, over the weights as they are now. */
function pinned(where: string, job: Job, batches: readonly NDArray[]): ReadonlyMap<number, NativeFunction> {
  const functions = new Map<number, NativeFunction>();
  for (const batch of batches) {
    const rows = batch.shape[0]!;
    if (!functions.has(rows))
      functions.set(
        rows,
        converted(() => bind(prediction(where, job.model, batch), job.published).pin()),
      );
  }
  return functions;
}

/**
 * What the model makes of inputs [rows, …], in inference mode, off the JavaScript thread: an
 * `NDArray` [rows, …]. A row's result does not depend on the rows beside it, to the bit.
 *
 * The weights are those of the call, whatever trains or loads the model meanwhile; during a run with
 * `publish: 'epoch'` those of the last epoch's end; during any other it throws `MODEL_BUSY`. A dataset or a stream is read
 * batch by batch; of its rows only x is used, and the weights are those at its first batch. Rejects with `DataError` for
 * infinities in x and for NaN that no layer fills, naming row
 * and column, and with `ShapeError` for inputs that do not fit the model.
 */
export async function predict(model: Model, x: ColumnInput | StreamedData, options?: PredictOptions): Promise<NDArray> {
  const site = callSite();
  const { batchSize, signal } = checkOptions('predict', options, rules);
  if (isStreamed(x)) return predictStream(model, x, { given: options?.batchSize, batchSize, signal }, site);
  signal?.throwIfAborted();
  const job = start('predict', model, x);
  const { values } = job.x;
  const rows = rowsOf(job.x);
  const batches =
    rows <= batchSize
      ? [values]
      : Array.from({ length: Math.ceil(rows / batchSize) }, (_, i) => values.slice(i * batchSize, (i + 1) * batchSize));
  const functions = pinned('predict', job, batches);
  try {
    const { missing, inspected } = prediction('predict', job.model, batches[0]!);
    await runChecks([checkFinite('predict', job.x, job.model.dtype, missing)], () => signal?.aborted === true);
    signal?.throwIfAborted();
    if (inspected) await inspect('predict', job.model, job.x, job.published);
    const parts: NDArray[] = [];
    for (const batch of batches) {
      const [output] = await functions.get(batch.shape[0]!)!.call([batch.native]);
      signal?.throwIfAborted();
      parts.push(new NDArray(output!));
    }
    return joined(parts, rows);
  } catch (error) {
    const ours = fromNative(error);
    throw ours instanceof SlalomError ? site(ours) : ours;
  } finally {
    for (const run of functions.values()) run.unpin();
  }
}

/** `predict` on the calling thread, for a few rows at a time. */
export function predictSync(model: Model, x: ColumnInput): NDArray {
  const job = start('predictSync', model, x);
  const made = prediction('predictSync', job.model, job.x.values);
  checkFiniteSync('predictSync', job.x, made.dtype, made.missing);
  const run = bind(made, job.published);
  if (made.inspected) inspectSync('predictSync', job.model, job.x, job.published);
  const [result] = made.places.call(run, [job.x.values]);
  return result!;
}
