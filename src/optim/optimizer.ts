import { describe, formatType, OptionError, ShapeError, StateError } from '../errors.js';
import { addon } from '../native/addon.js';
import { checkArgument, checkOptions, custom } from '../options.js';
import { type DType, sizeOf } from '../tensor/dtype.js';
import { NDArray } from '../tensor/ndarray.js';
import { currentRegion } from '../tensor/region.js';
import type { Tensor } from '../tensor/tensor.js';
import { currentTrace } from '../tensor/trace.js';
import { pack } from '../tensor/training.js';
import { type Parameter, Variable } from '../tensor/variable.js';
import { type ClipOptions, checkClip, clip, clipRules, guardStep } from './clip.js';
import type { UpdateRule } from './rule.js';
import { isRate, type Schedule } from './schedules/schedule.js';

/** The same for every step, or one for each. */
export type LearningRate = number | Schedule;

/** For options of optimizers. */
export const learningRate = () =>
  custom<LearningRate>(
    'a number of 0 or more that f32 can hold, or a schedule: schedules.… or a function of the step',
    (value) => isRate(value) || typeof value === 'function',
  );

/** What `model.parameters()` returns, or a list. */
export type Parameters = ReadonlyMap<string, Parameter> | Iterable<Parameter>;

/** Parameters that are updated together, as one vector, and what their rule keeps. */
interface Group {
  readonly parameters: readonly Parameter[];
  readonly dtype: DType;
  readonly slots: Readonly<Record<string, Variable>>;
}

/**
 * An update rule with its state. The state belongs to this object: a second `fit` with it goes on
 * where the first ended, a new optimizer starts fresh. One optimizer trains one set of parameters.
 */
export class Optimizer {
  readonly name: string;
  readonly #rule: UpdateRule;
  #lr: LearningRate;
  #lrVariable: Variable | undefined;
  #group: Group | undefined;
  /**
   * Steps that were tried, refused ones too.
   * @internal
   */
  readonly step: Variable;

  /** Made by `optim.adam()` and the like, or by `optim.custom`. */
  constructor(name: string, lr: LearningRate, rule: UpdateRule) {
    this.name = name;
    this.#lr = lr;
    this.#rule = rule;
    this.step = zeros('optimizer.step', 'i32', []);
  }

  /** The learning rate. Assign it between steps or epochs; a run reads it before every chunk of steps. */
  get lr(): LearningRate {
    return this.#lr;
  }

  set lr(value: LearningRate) {
    const lr = checkArgument(`optim.${this.name}`, 'lr', value, learningRate());
    if (this.#lrVariable) this.#lrVariable.value = this.#constant(lr);
    this.#lr = lr;
  }

  /** Steps that were tried so far, in all runs: where a schedule stands. */
  get steps(): number {
    return this.step.initialized ? Number(this.step.value.item()) : 0;
  }

  /** The learning rate of a step, which counts from 0. Throws `OptionError` if the schedule gives none. */
  lrAt(step: number): number {
    if (typeof this.#lr === 'number') return this.#lr;
    const value = this.#lr(step);
    if (isRate(value)) return value;
    throw new OptionError(`optim.${this.name}: the schedule gave ${describe(value)} for step ${step}, expected a number of 0 or more`, {
      op: `optim.${this.name}`,
    });
  }

  /**
   * Inside a traced function: one step down the gradient of a scalar loss, for the trainable ones
   * among `parameters`. New values are committed at the end of the run, if the loss and all
   * gradients are finite; else the run throws `NonFiniteError` and only the step count goes on.
   *
   *     const step = compile((x, y) => {
   *       const loss = losses.mse()(model.call(x), y);
   *       optimizer.apply(loss, model.parameters());
   *       return loss;
   *     });
   */
  apply(loss: Tensor, parameters: Parameters, options?: ClipOptions): void {
    const clipping = checkOptions('optimizer.apply', options, clipRules);
    checkClip('optimizer.apply', clipping);
    const { dtype } = this.#groupOf(parameters);
    this.#lrVariable ??= new Variable({ shape: [], dtype, name: 'optimizer.lr', init: () => filled(this.#constant(this.#lr), dtype) });
    this.update(loss, parameters, this.#lrVariable.read(), clipping);
  }

  /** @internal `apply` with a learning rate that is already in the trace, a scalar of any float dtype. Returns the gradients before clipping. */
  update(loss: Tensor, parameters: Parameters, lr: Tensor, clipping: ClipOptions): ReadonlyMap<Parameter, Tensor> {
    const trace = currentTrace('optimizer.apply');
    if (loss.size !== 1 || loss.rank !== 0) {
      throw new ShapeError(`the loss to minimise must be a scalar, found ${formatType(loss)}: reduce it with mean() or sum()`, {
        op: 'optimizer.apply',
      });
    }
    const group = this.#groupOf(parameters);
    return trace.withScope('optimizer', () => {
      const gradients = currentRegion().gradient(
        loss,
        group.parameters.map((parameter) => trace.read(parameter)),
      );
      const flat = pack(gradients);
      const greatest = flat.abs().max();
      const clipped = clip(flat, greatest, clipping);
      guardStep(trace, loss, greatest, clipped, lr.cast(group.dtype));
      trace.assign(this.step, trace.read(this.step).add(1), false);
      const update = this.#rule.update({
        parameter: trace.readPacked(group.parameters),
        gradient: clipped.gradient,
        slots: Object.fromEntries(Object.entries(group.slots).map(([name, slot]) => [name, trace.read(slot)])),
        lr: lr.cast(group.dtype),
        step: trace.read(this.step).cast(group.dtype),
      });
      trace.assignPacked(group.parameters, update.parameter);
      for (const [name, value] of Object.entries(update.slots ?? {})) this.#assignSlot(group, name, value);
      return new Map(group.parameters.map((parameter, i) => [parameter, gradients[i]!]));
    });
  }

  /** @internal Copies its state; the function puts it back. State that did not exist yet becomes zeros. */
  keepState(): () => void {
    const kept = new Map(this.#state().flatMap((variable) => (variable.initialized ? [[variable, variable.value] as const] : [])));
    return () => {
      for (const variable of this.#state()) variable.value = kept.get(variable) ?? new NDArray(addon.zeros(variable.dtype, variable.shape));
    };
  }

  /** @internal Whether a variable is part of its state. */
  owns(cell: unknown): boolean {
    return cell === this.#lrVariable || this.#state().includes(cell as Variable);
  }

  toString(): string {
    return `optim.${this.name}(lr ${typeof this.#lr === 'number' ? this.#lr : 'by a schedule'})`;
  }

  #state(): Variable[] {
    return [this.step, ...Object.values(this.#group?.slots ?? {})];
  }

  /** `apply` knows no steps of a run. */
  #constant(lr: LearningRate): number {
    if (typeof lr === 'number') return lr;
    throw new StateError(`a schedule is for fit; in a loop of your own assign optimizer.lr = schedule(step)`, { op: 'optimizer.apply' });
  }

  #assignSlot(group: Group, name: string, value: Tensor): void {
    const slot = group.slots[name];
    if (slot === undefined)
      throw new OptionError(`optim.${this.name}: the rule assigns a slot ${JSON.stringify(name)} that it does not declare in slots`);
    slot.assign(value);
  }

  /** The same parameters as ever, or an error. */
  #groupOf(parameters: Parameters): Group {
    const listed = [
      ...('values' in parameters && typeof parameters.values === 'function' ? parameters.values() : (parameters as Iterable<Parameter>)),
    ];
    const trainable = listed.filter((parameter) => parameter.trainable);
    const known = this.#group?.parameters ?? [];
    if (this.#group && known.length === trainable.length && known.every((parameter, i) => parameter === trainable[i])) return this.#group;
    // Until a program with it has been made, nothing but a failed trace knows the group.
    if (!this.step.initialized) {
      this.#group = this.#makeGroup(trainable);
      return this.#group;
    }
    const changed = known.some((parameter) => listed.includes(parameter))
      ? 'other parameters of this model'
      : 'the parameters of another model';
    throw new StateError(`this ${this} already trains ${changed}, and its state belongs to them: make a new optimizer`, {
      op: `optim.${this.name}`,
    });
  }

  #makeGroup(parameters: readonly Parameter[]): Group {
    const [first] = parameters;
    if (first === undefined) throw new StateError(`optim.${this.name}: there is no trainable parameter`, { op: `optim.${this.name}` });
    const other = parameters.find(({ dtype }) => dtype !== first.dtype);
    if (other) {
      throw new StateError(
        `optim.${this.name}: ${first.path} is ${first.dtype} and ${other.path} is ${other.dtype}; one optimizer trains parameters of one dtype`,
      );
    }
    const size = addon.packOffsets(parameters.map(({ shape }) => sizeOf(shape))).at(-1)!;
    const slots = Object.fromEntries((this.#rule.slots ?? []).map((name) => [name, zeros(`optimizer.${name}`, first.dtype, [size])]));
    return { parameters, dtype: first.dtype, slots };
  }
}

function zeros(name: string, dtype: DType, shape: readonly number[]): Variable {
  return new Variable({ name, dtype, shape, init: () => new NDArray(addon.zeros(dtype, shape)) });
}

function filled(value: number, dtype: DType): NDArray {
  return new NDArray(addon.array(dtype === 'f64' ? new Float64Array([value]) : new Float32Array([value]), dtype, []));
}
