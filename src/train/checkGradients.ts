/** Gradients against differences, in float64. */

import { type Check, checkFinite, runChecks } from '../data/check.js';
import { type Data, dataColumns } from '../data/columns.js';
import { Dataset } from '../data/dataset.js';
import { NonFiniteError } from '../errors.js';
import type { Loss } from '../losses/loss.js';
import { addon } from '../native/addon.js';
import type { NativeArray, NativeFunction } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Model } from '../nn/module.js';
import { bool, checkOptions, integer, oneOf, optional, type Rules, withDefault } from '../options.js';
import { callSite } from '../stack.js';
import { type ArrayInput, array, type NDArray } from '../tensor/ndarray.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Mode, trace } from '../tensor/trace.js';
import { compare } from './gradients/difference.js';
import { type GradientCheck, GradientReport } from './gradients/report.js';
import { functionSubject, modelSubject, type Subject, type Target, WHERE } from './gradients/subject.js';
import { checkFree } from './lease.js';
import { ofDataset } from './oneBatch.js';
import { checkModel, lossRule } from './options.js';
import { located } from './plan.js';

export interface CheckFunctionOptions {
  /** Of the directions, of draws (dropout), of first weights. Default 0. */
  readonly seed?: number;
  /** For functions with layers that behave differently, as dropout. */
  readonly mode?: Mode;
}

export interface CheckGradientsOptions {
  readonly loss: Loss;
  /** Also with respect to x. Default false. */
  readonly inputs?: boolean;
  /** How layers behave. Default training; what dropout draws is the same in every evaluation. */
  readonly mode?: Mode;
  /** Of the directions, of draws (dropout), of the weights of a model that has none yet. Default 0. */
  readonly seed?: number;
}

const shared = { seed: withDefault(integer(0), 0) };
const functionRules = { ...shared, mode: optional(oneOf('training', 'inference')) } satisfies Rules<CheckFunctionOptions>;
const modelRules = {
  ...shared,
  loss: lossRule(),
  inputs: withDefault(bool(), false),
  mode: withDefault(oneOf('training', 'inference'), 'training'),
} satisfies Rules<CheckGradientsOptions>;

/**
 * Compares gradients with differences of the loss: for every parameter, the derivative along a random
 * direction by the chain rule and by central differences. For models with layers, losses or a
 * `customGradient` of one's own.
 *
 *     const report = await checkGradients(model, { x, y }, { loss: losses.mse() });
 *     if (!report.passed) console.log(`${report}`);
 *
 *     await checkGradients((a, b) => myOp(a, b), [array([[1, 2]]), array([[3], [4]])]);
 *
 * All of it is computed in float64, on copies, off the JavaScript thread: the graph is that of the
 * model, with wider numbers. The tolerance follows from the rounding and the truncation of the
 * differences; a check that a kink (relu at 0) or rounding spoils is `inconclusive`, not wrong. A few
 * rows are enough (of a dataset of batches the first is taken): each check takes 8 to 28 forward passes on the reference kernels. Rejects as `fit`
 * does, and with `NonFiniteError` if the loss is not finite.
 */
export async function checkGradients(model: Model, batch: Data | Dataset, options: CheckGradientsOptions): Promise<GradientReport>;
export async function checkGradients(
  // biome-ignore lint/suspicious/noExplicitAny: any number of tensors
  fn: (...inputs: any[]) => unknown,
  point: readonly (NDArray | ArrayInput)[],
  options?: CheckFunctionOptions,
): Promise<GradientReport>;
export async function checkGradients(what: unknown, at: unknown, options?: unknown): Promise<GradientReport> {
  const site = callSite();
  if (at instanceof Dataset && typeof what !== 'function') {
    return ofDataset(at, { where: WHERE, name: 'batch', site }, (batch) =>
      checkGradients(what as Model, batch, options as CheckGradientsOptions),
    );
  }
  const { subject, seed, checks } = typeof what === 'function' ? ofFunction(what as never, at, options) : ofModel(what, at, options);
  try {
    await runChecks(checks, () => false);
    return await checkAll(subject, seed);
  } catch (error) {
    throw located(error, site);
  }
}

interface Job {
  readonly subject: Subject;
  readonly seed: number;
  readonly checks: readonly Check[];
}

function ofFunction(fn: (...inputs: Tensor[]) => unknown, point: unknown, options: unknown): Job {
  const { seed, mode } = checkOptions(WHERE, options, functionRules);
  return { subject: functionSubject(fn, point, mode, seed), seed, checks: [] };
}

function ofModel(given: unknown, batch: unknown, options: unknown): Job {
  const model = checkModel(WHERE, given);
  checkFree(WHERE, model);
  const checked = checkOptions(WHERE, options, modelRules);
  const columns = dataColumns(WHERE, 'batch', batch);
  const subject = modelSubject(model, columns, checked);
  return {
    subject,
    seed: checked.seed,
    checks: [checkFinite(WHERE, columns.x, model.dtype, model.inputTraits().missing), checkFinite(WHERE, columns.y, model.dtype)],
  };
}

async function checkAll({ value, gradients, point, targets, terms }: Subject, seed: number): Promise<GradientReport> {
  const [loss, ...slopes] = await gradients.call(point);
  const at = loss!.read()[0]!;
  if (!Number.isFinite(at)) throw new NonFiniteError(`${WHERE}: the loss is ${at} at this point, in float64 too`, { op: WHERE });
  const checks: GradientCheck[] = [];
  for (const [i, target] of targets.entries()) {
    const line = new Line(value, point, target, seed);
    const known = await line.analytic(slopes[i]!);
    const result = await compare((h) => line.at(h), { value: at, terms, ...known });
    const { derivative: analytic } = known;
    const most = Math.max(Math.abs(analytic), Math.abs(result.numeric));
    const relativeError = most === 0 ? 0 : Math.abs(analytic - result.numeric) / most;
    checks.push({ path: target.path, shape: target.shape, analytic, relativeError, ...result });
  }
  return new GradientReport(at, checks);
}

/** A function on the line through a point, along a random direction of one target. */
class Line {
  readonly #x: NativeArray;
  readonly #direction: NativeArray;
  readonly #move: NativeFunction;

  constructor(
    private readonly value: NativeFunction,
    private readonly point: readonly NativeArray[],
    private readonly target: Target,
    seed: number,
  ) {
    const { path, shape } = target;
    this.#x = point[target.argument]!;
    const key = addon.randomKey(seed, `${WHERE}.${path}`, 0);
    this.#direction = addon.random('uniform', key, 'f64', shape, -1, 1);
    this.#move = inCore([shape, shape, []], (x, direction, h) => [x.add(direction.mul(h))]);
  }

  /** The value a step away. */
  async at(h: number): Promise<number> {
    const [moved] = await this.#move.call([this.#x, this.#direction, array(h, { dtype: 'f64' }).native]);
    const [value] = await this.value.call(this.point.map((one, i) => (i === this.target.argument ? moved! : one)));
    return value!.read()[0]!;
  }

  /** The derivative along the line by a gradient. */
  async analytic(gradient: NativeArray): Promise<{ derivative: number; magnitude: number; scale: number }> {
    const { shape } = this.target;
    const measure = inCore([shape, shape, shape], (x, direction, slope) => {
      const terms = direction.mul(slope);
      return [terms.sum(), terms.abs().sum(), x.size === 0 ? x.sum() : x.abs().max()];
    });
    const results = await measure.call([this.#x, this.#direction, gradient]);
    const [derivative, magnitude, greatest] = results.map((result) => result.read()[0]!) as [number, number, number];
    return { derivative, magnitude, scale: Math.max(1, greatest) };
  }
}

function inCore(shapes: readonly (readonly number[])[], body: (...inputs: Tensor[]) => readonly Tensor[]): NativeFunction {
  const { graph } = trace({ name: WHERE }, (context) => {
    const inputs = shapes.map((shape, i) => context.argument(`${i}`, { dtype: 'f64', shape }));
    for (const result of body(...inputs)) context.output(result);
  });
  return converted(() => addon.bind(addon.compile(graph), []));
}
