/** What the driver needs of an open run. */

import type { StoredTensor } from '../checkpoint/safetensors.js';
import type { Column } from '../data/columns.js';
import { SlalomError } from '../errors.js';
import { fromNative } from '../native/errors.js';
import type { Site } from '../stack.js';
import { NDArray } from '../tensor/ndarray.js';
import type { Cell } from '../tensor/trace.js';
import type { Callback } from './callbacks/callback.js';
import { progress } from './callbacks/progress.js';
import { writeCheckpoint } from './checkpoint/file.js';
import type { RunTerms } from './checkpoint/record.js';
import { nameOf, type Resumed } from './checkpoint/resume.js';
import { nonFiniteStep } from './diagnose.js';
import type { RunPlan } from './driver.js';
import { runEvaluation } from './evaluation.js';
import type { Published } from './lease.js';
import type { CheckedFitOptions } from './options.js';
import type { Prober } from './probe/prober.js';
import { type OpenSession, snapshot, type Weights } from './session.js';
import { lrScalars, type StepSpec } from './step.js';

/** An error that came to light off the call's stack, at the line of the call. */
export function located(error: unknown, site: Site): unknown {
  const ours = fromNative(error);
  return ours instanceof SlalomError ? site(ours) : ours;
}

export interface Parts {
  readonly session: OpenSession;
  readonly evaluation: OpenSession | undefined;
  readonly prober: Prober;
  readonly published: Published | undefined;
  readonly release: () => void;
  readonly options: CheckedFitOptions;
  readonly spec: StepSpec;
  /** Where a schedule begins. */
  readonly firstStep: number;
  readonly x: Column;
  readonly terms: RunTerms;
  readonly resumed: Resumed | undefined;
  readonly site: Site;
}

export function makePlan({
  session,
  evaluation,
  prober,
  published,
  release,
  options,
  spec,
  firstStep,
  x,
  terms,
  resumed,
  site,
}: Parts): RunPlan {
  const { optimizer } = options;
  const { dtype } = spec.model;
  const relocated = <T>(promise: Promise<T>) =>
    promise.catch((error: unknown) => {
      throw located(error, site);
    });
  return {
    outputs: session.outputs,
    flops: session.flops,
    rows: session.rows,
    stepsPerEpoch: session.stepsPerEpoch,
    batchSize: options.batchSize,
    epochs: options.epochs ?? (options.steps === undefined ? 1 : Math.ceil(options.steps / session.stepsPerEpoch)),
    steps: options.steps ?? Number.POSITIVE_INFINITY,
    callbacks: listCallbacks(options),
    run: (chunk) => relocated(session.native.run(chunk)),
    abort() {
      session.native.abort();
      evaluation?.native.abort();
      prober.abort();
    },
    rate: () => {
      const { lr } = optimizer;
      return typeof lr === 'number' ? { varies: false, at: () => lr } : { varies: true, at: (step) => optimizer.lrAt(firstStep + step) };
    },
    scalars: (lr) => lrScalars(lr, dtype),
    optimizer,
    begun: { terms, firstStep },
    resumed,
    ...(evaluation && { validate: () => relocated(runEvaluation(evaluation)) }),
    ...(published && { publish: () => publish(session, published) }),
    probe: (request, at) => relocated(prober.probe(request, at)),
    gradientNorm: (order, at) => relocated(prober.gradientNorm(order, at)),
    snapshot: () => snapshot(session),
    restore: (weights) => restore(weights as Weights, spec),
    save: async (path, record, final) =>
      writeCheckpoint(path, record, tensorsOf(await snapshot(session), final as Weights | undefined, spec)),
    async explain(found, { step, lr }) {
      const weights = await snapshot(session);
      const greatestWeight = greatest(
        [...weights].filter(([cell]) => cell.dtype === dtype && isWeight(cell, spec)).map(([, value]) => value),
      );
      return site(nonFiniteStep({ found, step, lr, greatestWeight, greatestInput: greatest([x.values.native]) }));
    },
    async close() {
      await Promise.all([session.native.close(), evaluation?.native.close(), prober.close()]);
      release();
    },
  };
}

function isWeight(cell: unknown, { training }: StepSpec): boolean {
  return !training!.optimizer.owns(cell);
}

function greatest(values: readonly { range(): { min: number; max: number } }[]): number {
  return values.reduce((most, value) => {
    const { min, max } = value.range();
    return Math.max(most, max, -min);
  }, 0);
}

async function publish(session: OpenSession, published: Published): Promise<void> {
  for (const [cell, value] of await snapshot(session)) published.write(cell, value);
}

/** Gives the model its weights of another time; the optimizer goes on from where it is. */
function restore(weights: Weights, spec: StepSpec): void {
  for (const [cell, value] of weights) if (isWeight(cell, spec)) cell.native(spec.seed).write(value);
}

/** All variables of a run, and the weights that the model gets in the end, by their names in a checkpoint. */
function tensorsOf(now: Weights, final: Weights | undefined, spec: StepSpec): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const room = (cell: Cell) => (isWeight(cell, spec) ? 'model' : 'optimizer');
  for (const [cell, value] of now) tensors.set(nameOf(room(cell), cell), new NDArray(value));
  for (const [cell, value] of final ?? []) if (isWeight(cell, spec)) tensors.set(nameOf('final', cell), new NDArray(value));
  return tensors;
}

function listCallbacks({ verbose, callbacks, onEpoch, onBatch }: CheckedFitOptions): readonly Callback[] {
  const shorthand: Callback = {
    ...(onEpoch && { epochEnd: (event) => onEpoch(event as never) }),
    ...(onBatch && { batchEnd: (event) => onBatch(event as never) }),
  };
  return [...(verbose ? [progress()] : []), ...callbacks, shorthand];
}
