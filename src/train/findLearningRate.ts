/** The range test of learning rates: Smith 2015, with the smoothing and the suggestions of fastai. */

import { type Data, dataColumns } from '../data/columns.js';
import { NonFiniteError, OptionError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import type { Model } from '../nn/module.js';
import { adapt } from '../nn/preprocess/adapt.js';
import { type ClipOptions, clipRules } from '../optim/clip.js';
import { Optimizer } from '../optim/optimizer.js';
import { checkOptions, instance, integer, optional, positive, positiveInteger, type Rules, withDefault } from '../options.js';
import { fit } from './fit.js';
import { columnFlow, type Flow, openFlow } from './flow.js';
import { nestedOf } from './input.js';
import { checkModel, lossRule } from './options.js';
import { datasetOf, isStreamed, type StreamedData } from './streamed.js';

export interface FindLearningRateOptions extends ClipOptions {
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** The first rate. Default 1e-7. */
  readonly from?: number;
  /** The last rate. Default 10. */
  readonly to?: number;
  /** Steps of the sweep, at least 8. Default 100. */
  readonly steps?: number;
  /** Default 32; a dataset of batches has its own. */
  readonly batchSize?: number;
  /** Of the order of rows, of draws, and of the weights of a model that has none yet. Default 0. */
  readonly seed?: number;
}

const rules = {
  ...clipRules,
  loss: lossRule(),
  optimizer: instance(Optimizer, 'an optimizer: optim.…'),
  from: withDefault(positive(), 1e-7),
  to: withDefault(positive(), 10),
  steps: withDefault(integer(8), 100),
  batchSize: optional(positiveInteger()),
  seed: withDefault(integer(0), 0),
} satisfies Rules<FindLearningRateOptions>;

/** What a sweep saw. Entry i of each list belongs to step i. */
export interface LearningRateSweep {
  readonly lr: readonly number[];
  readonly loss: readonly number[];
  /** Exponential moving average of the loss, without the pull of its first value. */
  readonly smoothed: readonly number[];
  /** Where the smoothed loss falls fastest per factor of the rate: a bold choice. */
  readonly steepest: number;
  /** Two thirds into the longest fall of the smoothed loss: a safe choice. */
  readonly valley: number;
  /** The curve as text, both suggestions marked. */
  toString(): string;
}

const MEMORY = 0.98;
/** The share of the sweep in which the average is of too few losses to have a slope. */
const UNSETTLED = 0.1;
/** Characters of the longest bar. */
const BAR = 60;
/** The sweep ends where the smoothed loss is so many times its least value. */
const DIVERGED = 4;

/**
 * Trains with a rate that grows exponentially from step to step, until the loss diverges, and puts
 * the weights and the optimizer's state back as they were, to the bit.
 *
 *     const { valley } = await findLearningRate(model, { x, y }, { loss, optimizer });
 *     optimizer.lr = valley;
 *
 * Data are those of `fit`, but a stream must be a function that opens it: it is read several times.
 *
 * A model without weights is built first, by `seed`; layers that prepare data are fitted, if they are not. Rejects as `fit` does, but not for a loss that
 * is no longer finite; throws `OptionError` if `from` is not below `to`.
 */
export async function findLearningRate(
  model: Model,
  data: Data | StreamedData,
  options: FindLearningRateOptions,
): Promise<LearningRateSweep> {
  checkModel('findLearningRate', model);
  const { loss, optimizer, from, to, steps, batchSize, seed, ...clipping } = checkOptions('findLearningRate', options, rules);
  if (from >= to) throw new OptionError(`findLearningRate: from must be below to, found ${from} and ${to}`, { op: 'findLearningRate' });
  await makeReady(model, data, batchSize, seed);
  const weights = model.state();
  const restore = optimizer.keepState();
  const growth = (to / from) ** (1 / (steps - 1));
  const begun = optimizer.steps;
  const kept = optimizer.lr;
  const sweep = new Sweep(steps);
  optimizer.lr = (step) => from * growth ** (step - begun);
  try {
    await fit(model, data, {
      ...clipping,
      loss,
      optimizer,
      ...(batchSize !== undefined && { batchSize }),
      seed,
      steps,
      callbacks: [{ batchEnd: (event, run) => sweep.add(event) && run.stop('swept') }],
    });
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
  } finally {
    optimizer.lr = kept;
    restore();
    model.load(weights);
  }
  return sweep;
}

/** Fits what is not fitted and builds what is not built. */
async function makeReady(model: Model, data: Data | StreamedData, batchSize: number | undefined, seed: number): Promise<void> {
  const flow = await open(model, data, batchSize, seed);
  try {
    await adapt({ where: 'findLearningRate', model, blocks: () => flow.blocks(), refit: false });
    if (!model.built) model.build(flow.columns.x.values.shape.slice(1), { seed });
  } finally {
    await flow.close();
  }
}

async function open(model: Model, data: Data | StreamedData, batchSize: number | undefined, seed: number): Promise<Flow> {
  const where = 'findLearningRate';
  const size = batchSize ?? 32;
  if (!isStreamed(data)) return columnFlow({ ...dataColumns(where, 'data', data, nestedOf(model)), weights: undefined }, size, false, true);
  const dataset = datasetOf(where, data, 1, false);
  if (dataset.source.once) {
    throw new OptionError(
      `${where}: data can be read only once, but are read several times; pass a factory, () => source, that opens them anew`,
      {
        op: where,
      },
    );
  }
  if (dataset.batched && batchSize !== undefined) {
    throw new OptionError(`${where}: the dataset has batches already; leave batchSize out`, { op: where });
  }
  const options = { where, prefix: '', batchSize: size, dropLast: false, shuffle: true, seed, sameEpoch: false };
  return (await openFlow(dataset, options, new Promise(() => undefined)))!;
}

class Sweep implements LearningRateSweep {
  readonly lr: number[] = [];
  readonly loss: number[] = [];
  readonly smoothed: number[] = [];
  #average = 0;

  constructor(private readonly steps: number) {}

  /** Whether that was the last step. */
  add(event: { readonly lr: number; readonly loss: number }): boolean {
    this.lr.push(event.lr);
    this.loss.push(event.loss);
    this.#average = MEMORY * this.#average + (1 - MEMORY) * event.loss;
    this.smoothed.push(this.#average / (1 - MEMORY ** this.loss.length));
    return this.loss.length === this.steps || this.smoothed.at(-1)! > DIVERGED * Math.min(...this.smoothed);
  }

  get steepest(): number {
    const { smoothed } = this;
    const slope = (i: number) => smoothed[i + 1]! - smoothed[i - 1]!;
    let best = Math.max(1, Math.floor(smoothed.length * UNSETTLED));
    for (let i = best; i + 1 < smoothed.length; i++) if (slope(i) < slope(best)) best = i;
    return this.lr[best] ?? Number.NaN;
  }

  get valley(): number {
    const { begin, end } = longestFall(this.smoothed);
    return this.lr[begin + Math.floor((2 * (end - begin)) / 3)] ?? Number.NaN;
  }

  toString(): string {
    const marks = new Map([
      [this.lr.indexOf(this.steepest), 'steepest'],
      [this.lr.indexOf(this.valley), 'valley'],
    ]);
    const [low, high] = [Math.min(...this.smoothed), Math.max(...this.smoothed)];
    const rows = this.smoothed.map((value, i) => {
      const bar = '█'.repeat(1 + Math.round(((value - low) / (high - low || 1)) * BAR));
      return `${this.lr[i]!.toExponential(1).padStart(8)}  ${value.toPrecision(4).padEnd(9)} ${bar} ${marks.get(i) ?? ''}`.trimEnd();
    });
    return ['      lr  loss', ...rows].join('\n');
  }
}

/** The longest subsequence that falls, by where it begins and ends: what noise interrupts is one fall. */
function longestFall(values: readonly number[]): { begin: number; end: number } {
  const lengths: number[] = [];
  const begins: number[] = [];
  let best = { begin: 0, end: 0, length: 0 };
  for (let i = 0; i < values.length; i++) {
    lengths[i] = 1;
    begins[i] = i;
    for (let j = 0; j < i; j++) {
      if (values[j]! <= values[i]! || lengths[j]! + 1 <= lengths[i]!) continue;
      lengths[i] = lengths[j]! + 1;
      begins[i] = begins[j]!;
    }
    if (lengths[i]! > best.length) best = { begin: begins[i]!, end: i, length: lengths[i]! };
  }
  return best;
}
