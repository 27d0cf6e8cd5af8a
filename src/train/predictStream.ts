/** Predictions for the rows of a dataset or stream. */

import { Batched, numbersOf } from '../data/batching.js';
import { checkFinite, runChecksSync } from '../data/check.js';
import type { Batch } from '../data/row.js';
import type { Source } from '../data/source.js';
import { DataError, OptionError } from '../errors.js';
import { addon } from '../native/addon.js';
import type { NativeFunction } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import type { Site } from '../stack.js';
import { NDArray } from '../tensor/ndarray.js';
import { inspect } from './inspect.js';
import { joined } from './joined.js';
import { readable, valuesOf } from './lease.js';
import { checkModel } from './options.js';
import { located } from './plan.js';
import { type Prediction, prediction } from './programs.js';
import { datasetOf, type StreamedData } from './streamed.js';

/** `given`: the batch size that the user asked for. */
export async function predictStream(
  model: Model,
  data: StreamedData,
  given: number | undefined,
  batchSize: number,
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
    const made = prediction('predict', checked, x.dtype, x.shape);
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
  try {
    for await (const batch of batches.read(0)) {
      const { x } = batch;
      const column = { name: 'x', values: x, numberOf: numbersOf(batch, rows) };
      rows += x.shape[0]!;
      runChecksSync([checkFinite('predict', column, checked.dtype, checked.inputTraits().missing)]);
      const run = functionFor(x);
      await inspect('predict', checked, column, copies);
      const [output] = await run.call([x.native]);
      parts.push(new NDArray(output!));
    }
    if (parts.length === 0) throw new DataError('predict: the data gave no batch; expected one row or more', { op: 'predict' });
    return joined(parts, rows);
  } catch (error) {
    throw located(error, site);
  }
}
