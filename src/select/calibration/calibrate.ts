import type { ColumnInput } from '../../data/columns.js';
import { OptionError, StateError } from '../../errors.js';
import { calibrationError } from '../../metrics/calibrationError.js';
import { logLoss } from '../../metrics/logLoss.js';
import { type ReliabilityBin, reliability } from '../../metrics/reliability.js';
import type { Model } from '../../nn/module.js';
import { Temperature } from '../../nn/temperature.js';
import { checkOptions, custom, instance, optional, positiveInteger, type Rules, withDefault } from '../../options.js';
import { callSite } from '../../stack.js';
import { plainTable } from '../../table.js';
import { evaluate } from '../../train/evaluate.js';
import { nestedOf } from '../../train/input.js';
import { checkFree } from '../../train/lease.js';
import { checkModel } from '../../train/options.js';
import { located } from '../../train/plan.js';
import { predict } from '../../train/predict.js';
import { allOf, inputsOf, rowSet, type SelectData, targetsOf } from '../rowSet.js';
import { Logits } from './logits.js';
import { minimise } from './minimum.js';

export interface CalibrateOptions {
  /** Bins of the calibration error and of the reliability curve. Default 15. */
  readonly bins?: number;
  /** Rows that are computed at once. Default 256; a dataset of batches has its own. */
  readonly batchSize?: number;
  /** One number a row, 0 or more. Rows of a dataset have weights of their own. */
  readonly sampleWeights?: ColumnInput;
  /** Stops: rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How far probabilities are to be trusted. */
export interface CalibrationScores {
  /** Mean −log p of what is true. */
  readonly logLoss: number;
  readonly calibrationError: number;
  readonly reliability: readonly ReliabilityBin[];
}

export interface Calibration {
  /** What the logits are to be divided by: the new value of the model's `nn.temperature` layer, if it has one. */
  readonly temperature: number;
  /** An end of [0.01, 100]: the loss falls on beyond it, as when every row is right, or when logits say nothing. */
  readonly bounded: boolean;
  /** Path of the layer that was set; undefined if the model has none. */
  readonly layer: string | undefined;
  readonly before: CalibrationScores;
  readonly after: CalibrationScores;
  /** A table of the scores. */
  toString(): string;
}

const rules = {
  bins: withDefault(positiveInteger(), 15),
  batchSize: optional(positiveInteger()),
  sampleWeights: optional(custom<ColumnInput>('an array of one number a row', (value) => typeof value === 'object' && value !== null)),
  signal: optional(instance(AbortSignal, 'an AbortSignal')),
} satisfies Rules<CalibrateOptions>;

const [LEAST, MOST] = [0.01, 100];
/** What the loss of the model with its layer may differ from that of the divided logits, in f32. */
const ROUNDING = 1e-3;

/**
 * Temperature scaling (Guo et al. 2017): finds the number by which the logits of a classifier are to
 * be divided so that their cross-entropy on held-out data is least, and sets the model's
 * `nn.temperature()` layer to it. Which class is the greatest does not change.
 *
 *     const model = nn.sequential([nn.dense(10), nn.temperature()]);
 *     await fit(model, train, …);
 *     const { before, after } = await calibrate(model, validation);
 *
 * A model without that layer stays as it is; use the number with
 * `nn.sequential([model, nn.temperature(temperature)])`. The model gives logits: [rows, …, classes]
 * with labels or probabilities, or single scores of the targets' shape. Rejects as `evaluate` does.
 */
export async function calibrate(model: Model, validation: SelectData, options?: CalibrateOptions): Promise<Calibration> {
  const site = callSite();
  try {
    const { bins, batchSize, sampleWeights, signal } = checkOptions('calibrate', options, rules);
    checkFree('calibrate', checkModel('calibrate', model));
    const set = await rowSet('calibrate', 'validation', validation, { sampleWeights, nested: nestedOf(model) });
    const layer = layerOf(model);
    const measured = [logLoss(), calibrationError({ bins }), reliability({ bins })] as const;
    const part = await set.part(allOf(set));
    const reading = { ...(batchSize !== undefined && { batchSize }), ...(signal && { signal }) };
    const score = () =>
      evaluate(model, part.measuring, { metrics: measured, ...reading, ...(part.sampleWeights && { sampleWeights: part.sampleWeights }) });
    const before = await score();
    const logits = new Logits(await predict(model, inputsOf(part), reading), await targetsOf('calibrate', part), signal);
    const { at, bounded } = await minimise((beta) => logits.derivatives(beta), 1 / MOST, 1 / LEAST);
    const [loss, error, curve] = (await logits.measure(measured, at)) as [number, number, readonly ReliabilityBin[]];
    signal?.throwIfAborted();
    const temperature = layer ? await setLayer(layer, 1 / at, loss, async () => (await score()).logLoss) : 1 / at;
    return calibration({
      temperature,
      bounded,
      layer: layer?.path,
      before,
      after: { logLoss: loss, calibrationError: error, reliability: curve },
    });
  } catch (error) {
    throw located(error, site);
  }
}

interface Layer {
  readonly path: string;
  readonly module: Temperature;
}

function layerOf(model: Model): Layer | undefined {
  const layers = [...model.modules()].flatMap(([path, module]) => (module instanceof Temperature ? [{ path, module }] : []));
  if (layers.length > 1) {
    const paths = layers.map(({ path }) => path).join(' and ');
    throw new OptionError(`calibrate: the model has ${layers.length} temperature layers, ${paths}; expected one at its end`, {
      op: 'calibrate',
    });
  }
  return layers[0];
}

/** Multiplies the layer's temperature; puts it back if that did not give the loss that it should. */
async function setLayer({ path, module }: Layer, factor: number, expected: number, loss: () => Promise<number>): Promise<number> {
  const old = module.temperature.value.item();
  module.temperature.value = old * factor;
  const putBack = () => {
    module.temperature.value = old;
  };
  const found = await loss().catch((error) => {
    putBack();
    throw error;
  });
  if (Math.abs(found - expected) <= ROUNDING * Math.max(1, expected)) return module.temperature.value.item();
  putBack();
  throw new StateError(
    `calibrate: with ${path} set to ${old * factor} the loss is ${found}, expected ${expected}: nn.temperature must be the last layer, on logits`,
    { op: 'calibrate', path },
  );
}

function calibration(found: Omit<Calibration, 'toString'>): Calibration {
  const row = (name: string, { logLoss: loss, calibrationError: error }: CalibrationScores) => [
    name,
    loss.toPrecision(4),
    error.toPrecision(4),
  ];
  return {
    ...found,
    toString: () =>
      `temperature ${found.temperature.toPrecision(4)}${found.bounded ? ' (an end of what is tried)' : ''}\n` +
      plainTable([['', 'log-loss', 'calibration error'], row('before', found.before), row('after', found.after)]).join('\n'),
  };
}
