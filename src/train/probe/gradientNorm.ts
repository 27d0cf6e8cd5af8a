/** The gradient over all rows. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Columns } from '../../data/columns.js';
import { addon } from '../../native/addon.js';
import type { NativeSession } from '../../native/binding.js';
import { converted } from '../../native/errors.js';
import { custom } from '../../options.js';
import { type Compiled, compile } from '../../tensor/compile.js';
import { sizeOf } from '../../tensor/dtype.js';
import { grad } from '../../tensor/grad.js';
import { array } from '../../tensor/ndarray.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Trace, trace } from '../../tensor/trace.js';
import { pack } from '../../tensor/training.js';
import { type Parameter, trainableVersion, Variable } from '../../tensor/variable.js';
import { batchArguments, type StepSpec, traceLoss, tracePrediction } from '../step.js';
import { type LookingProgram, openSession } from './session.js';
import { norm } from './statistics.js';

/** `max`: the greatest |g|, as L-BFGS tests it in PyTorch, SciPy and scikit-learn; 2: √ of the sum of squares. */
export type NormOrder = 'max' | 2;

export const normOrder = () => custom<NormOrder>('"max" or 2', (value) => value === 'max' || value === 2);

/** Over which parameters, and what adds them up. */
interface Pass {
  readonly native: NativeSession;
  readonly version: number;
  readonly norms: Compiled<[], { readonly max: Tensor; readonly 2: Tensor }>;
}

/**
 * Passes over the data batch by batch, with the weights as they are. The gradient is that of the
 * loss which a history reports: the mean over batches, weighted by rows. It is added up with
 * compensation (Kahan 1965), so that many batches are as precise as one.
 */
export class GradientNorm {
  /** Of draws: each batch has its own. */
  private readonly step = new Variable({ shape: [], dtype: 'i32', name: 'gradientNorm.step', init: () => array(0, { dtype: 'i32' }) });
  private readonly batches: number;
  private pass: Pass | undefined;
  private aborted = false;

  constructor(
    private readonly spec: StepSpec,
    private readonly columns: Columns,
    /** Of an epoch. */
    private readonly rows: number,
  ) {
    this.batches = Math.ceil(rows / spec.batchSize);
  }

  /** Draws follow from `step`, the steps of the run; `rows` are those of a dataset, else all in order. Undefined if it was cut off. */
  async measure(order: NormOrder, step: number, rows: { readonly order?: Int32Array }): Promise<number | undefined> {
    const opened = await this.opened(rows.order !== undefined);
    if (!opened) return undefined;
    const { native, norms } = opened;
    this.step.value = array(step % 2 ** 31, { dtype: 'i32' });
    // 0 begins a sum, 1 goes on with it.
    const scalars = new Float32Array(this.batches).fill(1);
    scalars[0] = 0;
    const { stop } = await native.run({ epoch: 0, batch: 0, steps: this.batches, ...rows, scalars, perStep: false });
    return stop === 'done' && !this.aborted ? Number((await norms())[order].item()) : undefined;
  }

  abort(): void {
    this.aborted = true;
    this.pass?.native.abort();
  }

  async close(): Promise<void> {
    await this.pass?.native.close();
  }

  /** Undefined if it was cut off meanwhile. */
  private async opened(chosen: boolean): Promise<Pass | undefined> {
    if (this.pass?.version === trainableVersion()) return this.pass;
    await this.close();
    this.pass = await this.make(chosen);
    return this.pass;
  }

  private async make(chosen: boolean): Promise<Pass | undefined> {
    const { spec, columns, rows, batches } = this;
    const version = trainableVersion();
    const trained = [...spec.model.parameters().values()].filter(({ trainable }) => trainable);
    const sum = new Sum(trained);
    const last = rows - (batches - 1) * spec.batchSize;
    const programs: LookingProgram[] = [];
    for (const batch of new Set([Math.min(spec.batchSize, rows), last])) {
      programs.push(this.program(batch, trained, sum));
      await turn();
      if (this.aborted) return undefined;
    }
    const batching = { batchSize: spec.batchSize, seed: spec.seed, scalars: 1, shuffle: chosen, dropLast: false, pin: false };
    const native = openSession(columns, programs, batching);
    const mean = () => sum.read().mul(spec.batchSize / rows);
    const norms = compile(() => ({ max: mean().abs().max(), 2: norm(mean()) }), { name: 'gradientNorm' });
    return { native, version, norms };
  }

  private program(batch: number, trained: readonly Parameter[], sum: Sum): LookingProgram {
    const { spec, columns, step } = this;
    const body = (context: Trace) => {
      const given = batchArguments(columns, batch, spec.model, context);
      const keep = context.argument('keep', { dtype: 'f32', shape: [] });
      const loss = traceLoss(spec, tracePrediction(spec, given, batch), given, context);
      const gradients = grad(loss.mul(batch / spec.batchSize), trained);
      sum.add(pack(gradients), keep.equal(0));
      context.output(loss);
      // Both programs of a session have the same variables, whether something draws or not.
      step.assign(step.read().add(1));
    };
    const writes = [...sum.cells, step];
    const { graph, variables } = trace({ name: spec.where, mode: 'training', seed: spec.seed, step, writes }, body);
    return { batch, graph, variables, program: converted(() => addon.program(graph)) };
  }
}

/** Gradients of all parameters, added up over batches. */
class Sum {
  private readonly sum: Variable;
  /** What the sum is too great by. */
  private readonly excess: Variable;

  constructor(parameters: readonly Parameter[]) {
    const [{ dtype }] = parameters as [Parameter];
    const shape = [addon.packOffsets(parameters.map((parameter) => sizeOf(parameter.shape))).at(-1)!];
    const zeros = (name: string) => new Variable({ shape, dtype, name });
    this.sum = zeros('gradientNorm.sum');
    this.excess = zeros('gradientNorm.excess');
  }

  get cells(): readonly Variable[] {
    return [this.sum, this.excess];
  }

  add(gradient: Tensor, anew: Tensor): void {
    const before = anew.select(0, this.sum.read());
    const added = gradient.sub(anew.select(0, this.excess.read()));
    const after = before.add(added);
    this.sum.assign(after);
    this.excess.assign(after.sub(before).sub(added));
  }

  read(): Tensor {
    return this.sum.read().sub(this.excess);
  }
}
