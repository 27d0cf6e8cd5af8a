import { describe, formatType, OptionError, ShapeError, StateError } from '../errors.js';
import { addon } from '../native/addon.js';
import { checkArgument, checkOptions, custom } from '../options.js';
import type { DType } from '../tensor/dtype.js';
import { NDArray } from '../tensor/ndarray.js';
import { currentRegion } from '../tensor/region.js';
import type { Tensor } from '../tensor/tensor.js';
import { currentTrace, openTrace, type Trace } from '../tensor/trace.js';
import { pack } from '../tensor/training.js';
import { Parameter, Variable } from '../tensor/variable.js';
import { type ClipOptions, checkClip, clip, clipRules, guardStep } from './clip.js';
import { type Group, makeGroup, regroup, trains, zeros } from './group.js';
import { isMomentum } from './momentum.js';
import type { UpdateInput, UpdateRule } from './rule.js';
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

/** The learning rate and what the rule's schedules give, by name. */
export type StepNumbers = Pick<UpdateInput, 'lr' | 'scheduled'>;

/** A group as a checkpoint knows it. */
type KnownGroup = Pick<Group, 'id' | 'parameters'>;

/**
 * An update rule with its state. The state belongs to this object: a second `fit` with it goes on
 * where the first ended, a new optimizer starts fresh. One optimizer trains one set of parameters;
 * those among them that are frozen lose their state, and begin anew when they are unfrozen.
 */
export class Optimizer {
  readonly name: string;
  readonly #rule: UpdateRule;
  #lr: LearningRate;
  #lrVariable: Variable | undefined;
  #groups: readonly Group[] = [];
  #adopted: readonly KnownGroup[] | undefined;
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

  /** @internal Names of the rule's schedules beside the learning rate. */
  get scheduled(): readonly string[] {
    return Object.keys(this.#rule.schedules ?? {});
  }

  /** @internal What one of them gives for a step, which counts from 0. Throws `OptionError` if it gives no number. */
  scheduledAt(name: string, step: number): number {
    const value: unknown = this.#rule.schedules![name]!(step);
    if (name === 'momentum' ? isMomentum(value) : typeof value === 'number' && !Number.isNaN(value)) return value as number;
    const expected = name === 'momentum' ? 'a number from 0 and below 1' : 'a number';
    throw new OptionError(`optim.${this.name}: the schedule of ${name} gave ${describe(value)} for step ${step}, expected ${expected}`, {
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
    if (this.scheduled.length > 0) {
      throw new StateError(`optim.${this.name}: the schedule of ${this.scheduled[0]} is for fit`, { op: 'optimizer.apply' });
    }
    const listed = listOf(parameters); // an iterator can be read once only
    const { dtype } = this.#groupsOf(listed)[0]!.parameters[0]!;
    this.#lrVariable ??= new Variable({ shape: [], dtype, name: 'optimizer.lr', init: () => filled(this.#constant(this.#lr), dtype) });
    this.update(loss, listed, { lr: this.#lrVariable.read(), scheduled: {} }, clipping);
  }

  /**
   * @internal `apply` with the numbers of a step that are already in the trace, scalars of any float
   * dtype. Returns the gradients before clipping.
   */
  update(loss: Tensor, parameters: Parameters, { lr, scheduled }: StepNumbers, clipping: ClipOptions): ReadonlyMap<Parameter, Tensor> {
    const trace = currentTrace('optimizer.apply');
    if (loss.size !== 1 || loss.rank !== 0) {
      throw new ShapeError(`the loss to minimise must be a scalar, found ${formatType(loss)}: reduce it with mean() or sum()`, {
        op: 'optimizer.apply',
      });
    }
    const groups = this.#groupsOf(parameters);
    const trained = groups.flatMap((group) => group.parameters);
    const { dtype } = trained[0]!;
    return trace.withScope('optimizer', () => {
      const gradients = currentRegion().gradient(
        loss,
        trained.map((parameter) => trace.read(parameter)),
      );
      const named = new Map(trained.map((parameter, i) => [parameter, gradients[i]!]));
      const flat = groups.map((group) => pack(group.parameters.map((parameter) => named.get(parameter)!)));
      const greatest = flat.map((each) => each.abs().max()).reduce((most, each) => most.maximum(each));
      const clipped = clip(flat, greatest, clipping);
      guardStep(trace, loss, greatest, clipped, lr.cast(dtype));
      trace.assign(this.step, trace.read(this.step).add(1), false);
      const numbers = {
        lr: lr.cast(dtype),
        scheduled: Object.fromEntries(Object.entries(scheduled).map(([name, number]) => [name, number.cast(dtype)])),
      };
      for (const [i, group] of groups.entries()) this.#updateGroup(group, clipped.gradients[i]!, numbers, trace);
      return named;
    });
  }

  #updateGroup(group: Group, gradient: Tensor, numbers: StepNumbers, trace: Trace): void {
    const steps = trace.read(this.step);
    const update = this.#rule.update({
      ...numbers,
      parameter: trace.readPacked(group.parameters),
      gradient,
      slots: Object.fromEntries(Object.entries(group.slots).map(([name, slot]) => [name, trace.read(slot)])),
      step: (group.begun ? steps.sub(trace.read(group.begun)) : steps).cast(gradient.dtype),
    });
    trace.assignPacked(group.parameters, update.parameter);
    for (const [name, value] of Object.entries(update.slots ?? {})) this.#assignSlot(group, name, value);
  }

  /** @internal What it trains, in groups. */
  get groups(): readonly Group[] {
    return this.#groups;
  }

  /** @internal Whether it trains exactly those among the parameters that are trainable. */
  trains(parameters: Parameters): boolean {
    return trains(
      this.#groups,
      listOf(parameters).filter(({ trainable }) => trainable),
    );
  }

  /**
   * @internal Groups of a run that goes on, from its next trace on, with slots that are still to be
   * filled. The function puts back what was there.
   */
  adopt(groups: readonly KnownGroup[]): () => void {
    const before = this.#groups;
    const isSame = ({ id, parameters }: KnownGroup, i: number) => id === before[i]?.id && trains([before[i]], parameters);
    this.#adopted = groups.length === before.length && groups.every(isSame) ? undefined : groups;
    return () => {
      this.#groups = before;
      this.#adopted = undefined;
    };
  }

  /** @internal The function puts its groups back, for a trace whose program trains nothing. */
  keepGroups(): () => void {
    const before = this.#groups;
    return () => {
      this.#groups = before;
    };
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
    return [this.step, ...this.#groups.flatMap(({ slots, begun }) => [...Object.values(slots), ...(begun ? [begun] : [])])];
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

  /** The groups of those among the parameters that are trained, or an error. */
  #groupsOf(parameters: Parameters): readonly Group[] {
    const listed = listOf(parameters);
    const trained = this.#checkTrained(listed);
    const [before, adopted] = [this.#groups, this.#adopted];
    openTrace()?.onFailure(() => {
      this.#groups = before;
      this.#adopted = adopted;
    });
    this.#groups = adopted?.map(({ id, parameters }) => makeGroup(id, parameters, this.#rule.slots ?? [], 0)) ?? before;
    this.#adopted = undefined;
    if (trains(this.#groups, trained)) return this.#groups;
    // Until a program with groups has been made, nothing but a failed trace knows them.
    if (!this.step.initialized) this.#groups = [makeGroup(0, trained, this.#rule.slots ?? [], 0)];
    else {
      this.#checkListed(listed);
      this.#groups = regroup(this.#groups, trained, this.#rule.slots ?? [], this.steps);
    }
    return this.#groups;
  }

  /** The trainable ones, of one dtype. */
  #checkTrained(listed: readonly Parameter[]): readonly Parameter[] {
    const trained = listed.filter((parameter) => parameter.trainable);
    const [first] = trained;
    if (first === undefined) throw new StateError(`optim.${this.name}: there is no trainable parameter`, { op: `optim.${this.name}` });
    const other = trained.find(({ dtype }) => dtype !== first.dtype);
    if (!other) return trained;
    throw new StateError(
      `optim.${this.name}: ${first.path} is ${first.dtype} and ${other.path} is ${other.dtype}; one optimizer trains parameters of one dtype`,
    );
  }

  /** What it has trained must still be there, if only frozen. */
  #checkListed(listed: readonly Parameter[]): void {
    const known = this.#groups.flatMap(({ parameters }) => parameters);
    if (known.every((parameter) => listed.includes(parameter))) return;
    const changed = known.some((parameter) => listed.includes(parameter))
      ? 'other parameters of this model'
      : 'the parameters of another model';
    throw new StateError(`this ${this} already trains ${changed}, and its state belongs to them: make a new optimizer`, {
      op: `optim.${this.name}`,
    });
  }
}

function listOf(parameters: Parameters): readonly Parameter[] {
  const { values } = (parameters ?? {}) as Partial<ReadonlyMap<string, Parameter>>; // of a map, or of a list
  const given: unknown = typeof values === 'function' ? values.call(parameters) : parameters;
  const isIterable = typeof given === 'object' && given !== null && Symbol.iterator in given;
  const listed: unknown[] = isIterable ? [...(given as Iterable<unknown>)] : [given];
  const wrong = listed.findIndex((value) => !(value instanceof Parameter));
  if (wrong < 0) return listed as Parameter[];
  const found = describe(listed[wrong]);
  const which = isIterable ? `, found ${found} at ${wrong}` : `, found ${found}`;
  throw new OptionError(`optimizer.apply: expected model.parameters() or a list of parameters${which}`, { op: 'optimizer.apply', found });
}

function filled(value: number, dtype: DType): NDArray {
  return new NDArray(addon.array(dtype === 'f64' ? new Float64Array([value]) : new Float32Array([value]), dtype, []));
}
