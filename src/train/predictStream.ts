/** Predictions for the rows of a dataset or stream. */

import { Batched, numbersOf } from '../data/batching.js';
import { checkFinite, runChecksSync } from '../data/check.js';
import type { Batch } from '../data/row.js';
import type { Source } from '../data/source.js';
import { DataError, formatShape, OptionError } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeFunction } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import type { Site } from '../stack.js';
import { sameShape } from '../tensor/dtype.js';
import { NDArray } from '../tensor/ndarray.js';
import { inspect } from './inspect.js';
import { joined } from './joined.js';
import { readable, valuesOf } from './lease.js';
import { checkModel } from './options.js';
import { located } from './plan.js';
import { type Prediction, prediction } from './programs.js';
import { type Stop, stoppable } from './stoppable.js';
import { datasetOf, type StreamedData } from './streamed.js';
import { nextBatch } from './streamSupply.js';

export interface StreamOptions {
  /** The batch size that the user asked for. */
  readonly given: number | undefined;
  readonly batchSize: number;
  readonly signal: AbortSignal | undefined;
}

export async function predictStream(
  model: Model,
  data: StreamedData,
  { given, batchSize, signal }: StreamOptions,
  site: Site,
): Promise<NDArray> {
  const checked = checkModel('predict', model);
  const published = readable('predict', checked);
  const dataset = datasetOf('predict', data, 1, false);
  if (dataset.batched && given !== undefined) {
    throw new OptionError('predict: the dataset has batches already; leave batchSize out', { op: 'predict' });
  }
  const source = dataset.source as Source;
  const batches = dataset.batched ? (source as Source<Batch>) : new Batched(source, { size: batchSize, dropLast: false });
  const bound = new WeakMap<Prediction, NativeFunction>();
  // The model itself may be trained before the data have come.
  const own = published ? undefined : valuesOf(checked);
  const copies = published ?? own!;
  const functionFor = (x: NDArray): NativeFunction => {
    const made = prediction('predict', checked, x);
    own?.add(made.variables, 0);
    const known = bound.get(made);
    if (known) return known;
    const natives = made.variables.map((cell) => copies.of(cell)!);
    const run = converted(() => addon.bind(made.program, natives, made.graph));
    bound.set(made, run);
    return run;
  };
  const parts: NDArray[] = [];
  let rows = 0;
  const read = async ({ stopped, when }: Stop) => {
    for await (const batch of until(batches, when)) {
      if (stopped()) return;
      const { x } = batch;
      const column = { name: 'x', values: x, numberOf: numbersOf(batch, rows) };
      rows += x.shape[0]!;
      runChecksSync([checkFinite('predict', column, checked.dtype, checked.inputTraits().missing)]);
      const run = functionFor(x);
      await inspect('predict', checked, column, copies);
      const [output] = await run.call([x.native]);
      parts.push(alike(parts[0], new NDArray(output!)));
    }
  };
  try {
    await stoppable(signal, read);
    if (parts.length === 0) throw new DataError('predict: the data gave no batch; expected one row or more', { op: 'predict' });
    return joined(parts, rows);
  } catch (error) {
    throw located(error, site);
  }
}

/** Throws `DataError` for results that cannot stand below each other. */
function alike(first: NDArray | undefined, part: NDArray): NDArray {
  const [expected, found] = [first ?? part, part].map(({ shape }) => shape.slice(1)) as [number[], number[]];
  if (sameShape(expected, found)) return part;
  throw new DataError(
    `predict: the model makes rows of shape ${formatShape(found)} of a batch, and of shape ${formatShape(expected)} of the first; predict them one by one: for await (const { x } of data.batches())`,
    { op: 'predict', expected: formatShape(expected), found: formatShape(found) },
  );
}

/** The batches of an epoch, or as many as came before somebody stopped. */
async function* until(batches: Source<Batch>, when: Promise<void>): AsyncGenerator<Batch> {
  const iterator = batches.read(0)[Symbol.asyncIterator]();
  let over = false;
  try {
    for (;;) {
      const result = await nextBatch(batches, iterator, when);
      over = !result || result.done === true;
      if (!result || result.done) return;
      yield result.value;
    }
  } catch (error) {
    over = true;
    throw error;
  } finally {
    if (!over) await iterator.return?.();
  }
}
