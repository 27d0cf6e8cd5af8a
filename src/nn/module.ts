/** The base of all layers and models. */

import { DataError, formatShape, StateError } from '../errors.js';
import { checkArgument, checkOptions, custom, integer, oneOf, optional, type Rules, withDefault } from '../options.js';
import { DTYPES, type DType } from '../tensor/dtype.js';
import { type ArrayInput, array, NDArray } from '../tensor/ndarray.js';
import { Tensor } from '../tensor/tensor.js';
import { currentTrace, type Trace, trace } from '../tensor/trace.js';
import { flatten } from '../tensor/tree.js';
import { Parameter, Variable } from '../tensor/variable.js';
import { adapt, blocksOf } from './preprocess/adapt.js';
import { type InputTraits, ORDINARY, type Preparation } from './preprocess/preparation.js';
import { Statistic } from './preprocess/statistic.js';
import { type BatchSource, type Profile, type ProfileBatch, type ProfileOptions, profiler } from './profiling.js';
import { loadState, type StateInput } from './state.js';
import { summarize } from './summary.js';
import { type Child, Node, parametersAt, walk } from './tree.js';

export interface BuildOptions {
  /** First values are drawn by (seed, path of the parameter). Default 0. */
  readonly seed?: number;
  /** Of all parameters that state none. Default: the model's, f32. */
  readonly dtype?: 'f32' | 'f64';
  /** Of the input. Default: the model's dtype. */
  readonly inputDtype?: DType;
}

const buildRules = {
  seed: withDefault(integer(0), 0),
  dtype: optional(oneOf('f32', 'f64')),
  inputDtype: optional(oneOf(...DTYPES)),
} satisfies Rules<BuildOptions>;

type Shape = readonly number[];

const shapes = custom<Shape | readonly Shape[]>(
  'a shape without the batch axis, or an array of them for a model of several inputs',
  (value) => isShape(value) || (Array.isArray(value) && value.every(isShape)),
);

/** Stands for the batch axis while a model is built: seldom the size of anything else. */
const BATCH = 7;

interface Call {
  readonly module: Module<never[], unknown>;
  readonly path: string;
  /** The outermost module, whose fields give the paths. */
  readonly root: Root;
}

interface Root {
  readonly module: Module<never[], unknown>;
  paths: ReadonlyMap<unknown, string>;
  readonly batch: number | undefined;
}

const calls = new WeakMap<Trace, Call[]>();

/**
 * A layer or a model. Its fields are its children: modules, parameters and variables, also in
 * arrays and objects. Their names follow from the path: `layers.0.weight`. A child that is held
 * twice counts once.
 *
 *     class Block extends nn.Module {
 *       fc = nn.dense(64);
 *       forward(x: Tensor) {
 *         return x.add(this.fc.call(x).relu());
 *       }
 *     }
 *
 * `forward` is called while a program is traced, with tensors that have no numbers yet. Layers
 * inside are used through `call`, which keeps the layer path for errors, draws and the printed
 * program.
 */
export abstract class Module<Inputs extends readonly unknown[] = [x: Tensor], Output = Tensor> extends Node {
  #dtype: DType | undefined;
  #output: string | undefined;

  /** What the module computes. Implement this; use `call`. */
  abstract forward(...inputs: Inputs): Output;

  /** Runs `forward` under this module's layer path. Only inside a trace: in `forward`, a loss, a compiled function. */
  call(...inputs: Inputs): Output {
    const context = currentTrace(`${this.constructor.name}.call()`);
    const { path, root } = this.#enter(context, inputs);
    const stack = calls.get(context)!;
    stack.push({ module: this as never, path, root });
    try {
      const output = context.withScope(path, () => this.forward(...inputs));
      this.#output = describeOutput(output, root.batch);
      return output;
    } finally {
      stack.pop();
    }
  }

  /** f32 unless `build` or this setter says otherwise. Throws `StateError` once parameters have values of another. */
  get dtype(): DType {
    return this.#dtype ?? 'f32';
  }

  set dtype(dtype: DType) {
    checkArgument('model.dtype', 'dtype', dtype, oneOf('f32', 'f64'));
    if (dtype === this.dtype) return;
    const fixed = [...this.parameters()].find(([, parameter]) => parameter.initialized && parameter.dtype !== dtype);
    if (fixed)
      throw new StateError(`the dtype of a model cannot change once it has values: ${fixed[0]} is ${fixed[1].dtype}`, { path: fixed[0] });
    this.#dtype = dtype;
    this.#children();
  }

  /**
   * Gives every parameter its shape and first value, by tracing once. Without it the first run
   * does so.
   *
   *     model.build([784]);                    // inputs [batch, 784]
   *     model.build([[784], [10]], { seed: 1 }); // forward(a, b)
   */
  build(inputShape: Shape | readonly Shape[], options?: BuildOptions): this {
    checkArgument('model.build', 'inputShape', inputShape, shapes);
    const { seed, dtype, inputDtype } = checkOptions('model.build', options, buildRules);
    if (dtype) this.dtype = dtype;
    const inputs = (isShape(inputShape) ? [inputShape] : inputShape).map((shape) => [BATCH, ...shape]);
    trace({ name: `${this.constructor.name}.build()`, mode: 'inference', seed }, (context) => {
      const tensors = inputs.map((shape, i) => context.argument(`x${i}`, { dtype: inputDtype ?? this.dtype, shape }));
      this.call(...(tensors as unknown as Inputs));
    });
    for (const { value } of this.#children()) {
      if (value instanceof Variable && value.defined && !(value instanceof Statistic)) value.native(seed);
    }
    return this;
  }

  /** Whether every parameter has a value. */
  get built(): boolean {
    return [...this.variables().values()].every((variable) => variable.initialized);
  }

  /** What training changes, by path, in the order of the fields. */
  parameters(): Map<string, Parameter> {
    return new Map([...this.variables()].filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter));
  }

  /** Parameters and other state (running statistics), by path. */
  variables(): Map<string, Variable> {
    return new Map(this.#children().flatMap(({ path, value }) => (value instanceof Variable ? [[path, value] as const] : [])));
  }

  /** Modules by path, this one under ''. */
  modules(): Map<string, Module<never[], unknown>> {
    return new Map(
      this.#children().flatMap(({ path, value }) => (value instanceof Module ? [[path, value as Module<never[], unknown>] as const] : [])),
    );
  }

  /** Copies of all parameters and other state. Throws `StateError` before shapes are known, `MODEL_BUSY` during a run. */
  state(): Record<string, NDArray> {
    return Object.fromEntries([...this.variables()].map(([path, variable]) => [path, variable.value]));
  }

  /**
   * Replaces all parameters and other state, also before the first trace. Names, shapes and
   * dtypes must be those of the model: else a `CheckpointError` lists everything that differs,
   * and nothing changes. Throws `MODEL_BUSY` during a run.
   */
  load(state: StateInput): void {
    loadState(this.variables(), state);
  }

  /**
   * Fits the layers that prepare data (`nn.standardize`, `nn.oneHot`, …) to inputs [rows, …], also
   * those that are fitted already. `fit` does so by itself, on its training rows, for those that are
   * not. Off the JavaScript thread; all or nothing: rejects with `DataError` for data that cannot
   * be used and with `MODEL_BUSY` during a run.
   */
  async adapt(x: NDArray | ArrayInput): Promise<this> {
    const wide = Array.isArray(x) && this.inputTraits().precise;
    const values = x instanceof NDArray ? x : array(x, wide ? { dtype: 'f64' } : undefined);
    if (values.rank === 0 || values.size === 0) {
      throw new DataError(`model.adapt: expected rows along the first axis, found shape ${formatShape(values.shape)}`, {
        op: 'model.adapt',
      });
    }
    await adapt({ where: 'model.adapt', model: this as never, blocks: () => blocksOf(values), refit: true });
    return this;
  }

  /** What a model says of its input: may numbers be missing, and does it want them as precise as they are? */
  inputTraits(): InputTraits {
    return ORDINARY;
  }

  /** @internal How the statistics of this layer come from data. */
  preparation(): Preparation | undefined {
    return undefined;
  }

  /** A table of layers: path, output shape of the last trace (* is the batch), parameters, bytes. */
  summary(): string {
    return summarize(this.constructor.name, this.#children(), (module) => (module instanceof Module ? module.#output : undefined));
  }

  /**
   * Runs one step again and again and says where its time goes: for every kernel and every layer time,
   * arithmetic, bytes, and the share of what this machine can do at most, which is measured too.
   *
   *     const report = await model.profile({ x, y }, { loss: losses.crossEntropy(), optimizer: optim.adam() });
   *     console.log(`${report}`);
   *     await report.writeTrace('step.json'); // for chrome://tracing or ui.perfetto.dev
   *
   * With an optimizer the step is that of `fit`: forward, loss, metrics, backward and update. Without
   * one it is the forward pass in inference mode, then loss and metrics if they are given. All rows are
   * one batch; of a dataset of batches it is the first. It works on copies, with a learning rate of 0: model and optimizer are as they were. It
   * runs off the JavaScript thread, and needs the machine for itself to say something.
   *
   * Rejects as `fit` does: options, shapes and data, `MODEL_BUSY` during a run, `NonFiniteError` if the
   * loss or a gradient is not finite.
   */
  profile(this: Model, batch: ProfileBatch | BatchSource, options?: ProfileOptions): Promise<Profile> {
    return profiler()(this, batch, options);
  }

  /** Whether any parameter trains. Setting it sets all. */
  get trainable(): boolean {
    return [...this.parameters().values()].some((parameter) => parameter.trainable);
  }

  set trainable(value: boolean) {
    for (const parameter of this.parameters().values()) parameter.trainable = value;
  }

  /**
   * Optimizers leave all parameters below alone, or those at or below a path: `model.freeze('encoder')`,
   * `model.freeze('layers.0.bias')`. Their gradients are not computed. In a callback it counts from
   * the next step on. Throws `OptionError` if there is no parameter.
   */
  freeze(path?: string): this {
    for (const parameter of parametersAt('model.freeze', this.parameters(), path)) parameter.trainable = false;
    return this;
  }

  /** The reverse of `freeze`. An optimizer begins such parameters anew and goes on with the others. */
  unfreeze(path?: string): this {
    for (const parameter of parametersAt('model.unfreeze', this.parameters(), path)) parameter.trainable = true;
    return this;
  }

  /** All fields, named. */
  #children(): Child[] {
    const children = walk(this);
    for (const { path, value } of children) if (value instanceof Variable) value.adopt(path, this.dtype);
    return children;
  }

  #enter(context: Trace, inputs: Inputs): { path: string; root: Root } {
    if (!calls.has(context)) calls.set(context, []);
    const caller = calls.get(context)!.at(-1);
    if (caller) {
      const path = caller.root.paths.get(this) ?? this.#lookAgain(caller.root);
      if (path !== undefined) return { path, root: caller.root };
    }
    // A model of its own, maybe used inside a function or another model that does not hold it.
    const batch = flatten(inputs).leaves.find((leaf): leaf is Tensor => leaf instanceof Tensor)?.shape[0];
    const scope = caller ? [caller.path, this.constructor.name].filter(Boolean).join('.') : '';
    const prefix = (path: string) => [scope, path].filter(Boolean).join('.');
    const paths = new Map(this.#children().map((child) => [child.value, prefix(child.path)]));
    return { path: scope, root: { module: this as never, paths, batch } };
  }

  /** `forward` may have made fields since the root was entered. */
  #lookAgain(root: Root): string | undefined {
    root.paths = new Map(root.module.#children().map((child) => [child.value, child.path]));
    return root.paths.get(this);
  }
}

/** The dtype of the model that is traced at present, as the layers inside see it. */
export function modelDType(): DType {
  const open = calls.get(currentTrace())?.at(-1);
  return open ? open.root.module.dtype : 'f32';
}

/** f64 that a model took in for its precision, as the dtype that the model computes with. */
export function narrow(x: Tensor): Tensor {
  const dtype = modelDType();
  return x.dtype === 'f64' && dtype !== 'f64' ? x.cast(dtype) : x;
}

/** A model of one tensor to one tensor: what `fit`, `predict` and `nn.sequential` take. */
export type Model = Module<[x: Tensor], Tensor>;

function isShape(value: unknown): value is Shape {
  return Array.isArray(value) && value.every((d) => Number.isSafeInteger(d) && d >= 0);
}

function describeOutput(output: unknown, batch: number | undefined): string {
  const tensors = flatten(output).leaves.filter((leaf): leaf is Tensor => leaf instanceof Tensor);
  return tensors.map(({ shape }) => `[${shape.map((d, i) => (i === 0 && d === batch ? '*' : d)).join(', ')}]`).join(', ');
}
