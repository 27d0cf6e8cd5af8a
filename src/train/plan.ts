/** What the driver needs of an open run. */

import { SlalomError } from '../errors.js';
import type { NativeArray } from '../native/binding.js';
import { fromNative } from '../native/errors.js';
import type { Site } from '../stack.js';
import { Parameter, trainableVersion } from '../tensor/variable.js';
import { epochsOf } from './about.js';
import { averaged } from './averages.js';
import type { Callback } from './callbacks/callback.js';
import { progress } from './callbacks/progress.js';
import { writeCheckpoint } from './checkpoint/file.js';
import { keepGroups } from './checkpoint/groups.js';
import type { RunTerms } from './checkpoint/record.js';
import { nameOf, type Resumed, roomOf } from './checkpoint/resume.js';
import { Staging } from './checkpoint/staging.js';
import { nonFiniteStep } from './diagnose.js';
import { runEvaluation } from './evaluation.js';
import type { Flow } from './flow.js';
import type { Later } from './later.js';
import type { Published } from './lease.js';
import { numberValues, stepNumbers } from './numbers.js';
import type { CheckedFitOptions } from './options.js';
import type { Prober } from './probe/prober.js';
import type { RunPlan } from './runPlan.js';
import { discard, type OpenSession, snapshot, type Weights } from './session.js';
import type { Step, StepSpec } from './step.js';

/** An error that came to light off the call's stack, at the line of the call. */
export function located(error: unknown, site: Site): unknown {
  const ours = fromNative(error);
  return ours instanceof SlalomError ? site(ours) : ours;
}

export interface Parts {
  readonly session: OpenSession;
  /** Steps that train what the model trains now. */
  readonly retrace: () => Promise<readonly Step[]>;
  /** The same session with such steps. The other one must be closed. */
  readonly reopen: (steps: readonly Step[]) => OpenSession;
  /** Made when its data are checked. */
  readonly evaluation: Later<OpenSession> | undefined;
  readonly prober: Prober;
  /** What validation sees in place of the model's own weights. */
  readonly shadow: Published | undefined;
  readonly published: Published | undefined;
  readonly release: () => void;
  readonly options: CheckedFitOptions;
  readonly spec: StepSpec;
  /** Where a schedule begins. */
  readonly firstStep: number;
  readonly training: Flow;
  readonly terms: RunTerms;
  readonly resumed: Resumed | undefined;
  readonly site: Site;
}

export function makePlan(parts: Parts): RunPlan {
  const { retrace, reopen, evaluation, shadow, prober, published, release, options, spec, firstStep, training, terms, resumed, site } =
    parts;
  const { averaging } = spec.training!;
  let { session } = parts;
  let version = trainableVersion();
  let step = resumed?.record.step ?? 0;
  let closed = false;
  const begun = () => averaging?.rule.begun(step) === true;
  /** The weights alone, or with averages in their place. */
  const taken = async (average: boolean | undefined) => {
    if (!averaging || !average || !begun()) return snapshot(session, (cell) => isWeight(cell, spec));
    const { averages } = averaging;
    return averaged(await snapshot(session, (cell) => isWeight(cell, spec) || averages.owns(cell)), averages);
  };
  /** The weights that validation sees. */
  const shown = () => taken(averaging?.rule.evaluate);
  const show = async (copies: Published) => {
    const now = await shown();
    for (const [cell, value] of now) copies.write(cell, value);
    discard(now);
  };
  const staging = new Staging();
  const { optimizer } = options;
  const { dtype } = spec.model;
  const relocated = <T>(promise: Promise<T>) =>
    promise.catch((error: unknown) => {
      throw located(error, site);
    });
  const change = async () => {
    await session.native.close();
    if (closed) return;
    if (averaging) averaging.averages.begun = begun();
    const steps = await retrace();
    if (closed) return;
    session = reopen(steps);
    await session.native.ready();
  };
  const follow = async () => {
    while (!closed && trainableVersion() !== version) {
      const now = trainableVersion();
      if (!optimizer.trains(spec.model.parameters())) await relocated(change());
      version = now;
    }
  };
  return {
    outputs: session.outputs,
    async ready() {
      await Promise.all([session.native.ready(), evaluation?.get().native.ready()]);
    },
    get flops() {
      return session.flops;
    },
    rows: session.rows,
    supply: session.supply,
    peek: (position, most) => relocated(session.supply.peek(position, most)),
    take: (position, most) => relocated(session.supply.take(position, most)),
    batchSize: training.askedBatchSize,
    epochs: epochsOf(options, training.stepsPerEpoch),
    steps: options.steps ?? Number.POSITIVE_INFINITY,
    callbacks: listCallbacks(options),
    async run(chunk) {
      const result = await relocated(session.native.run(chunk));
      step += result.steps;
      return result;
    },
    abort() {
      for (const open of [session, evaluation?.made]) {
        open?.native.abort();
        open?.supply.abort();
      }
      prober.abort();
    },
    numbers: () => stepNumbers(spec.training!, firstStep),
    scalars: (numbers, first, steps) => numberValues(numbers, first, steps, dtype),
    optimizer,
    begun: { terms, firstStep },
    resumed,
    ...(evaluation && {
      async validate() {
        if (shadow) await show(shadow);
        return relocated(runEvaluation(evaluation.get()));
      },
    }),
    ...(published && { publish: () => show(published) }),
    follow,
    async probe(request, at) {
      await follow();
      return relocated(prober.probe(request, at));
    },
    async gradientNorm(order, at) {
      await follow();
      return relocated(prober.gradientNorm(order, at));
    },
    groups: () => keepGroups(spec.model, optimizer),
    snapshot: async () => weightsOf(await shown(), spec),
    average: async () => (averaging?.rule.finish && begun() ? taken(true) : undefined),
    restore: (weights) => restore(weights as Weights, spec),
    async save(path, record, final) {
      const now = await snapshot(session);
      const tensors = await staging.read(namedTensors(now, final as Weights | undefined, spec));
      discard(now);
      await writeCheckpoint(path, record, tensors);
    },
    async explain(refused, { step, lr }) {
      const found = whereMissing(refused, spec) ? { ...refused, op: '', path: '' } : refused;
      const weights = await snapshot(session);
      const greatestWeight = greatest(
        [...weights].filter(([cell]) => cell instanceof Parameter && cell.dtype === dtype).map(([, value]) => value),
      );
      const { x, y } = training.columns;
      const greatestInput = spec.model.inputTraits().precise ? 0 : greatest([x.values.native]);
      const greatestTarget = greatest([y.values.native]);
      return site(nonFiniteStep({ found, step, lr, greatestWeight, greatestInput, greatestTarget }));
    },
    async close() {
      closed = true;
      try {
        await Promise.all([session.native.close(), evaluation?.made?.native.close(), prober.close()]);
        await Promise.all([session.supply.close(), evaluation?.made?.supply.close()]);
      } finally {
        release();
      }
    },
  };
}

/** In layers that let missing numbers through until they are filled, a NaN says nothing. */
function whereMissing({ path }: { readonly path: string }, { model }: StepSpec): boolean {
  return path !== '' && model.inputTraits().missing.length > 0 && (model.modules().get(path)?.inputTraits().precise ?? false);
}

function isWeight(cell: unknown, { training }: StepSpec): boolean {
  return roomOf(cell, training!) === 'model';
}

function greatest(values: readonly { range(): { min: number; max: number } }[]): number {
  return values.reduce((most, value) => {
    const { min, max } = value.range();
    return Math.max(most, max, -min);
  }, 0);
}

/** Without what training keeps beside them. */
function weightsOf(all: Weights, spec: StepSpec): Weights {
  return new Map([...all].filter(([cell]) => isWeight(cell, spec)));
}

/** Gives the model its weights of another time; the optimizer goes on from where it is. */
function restore(weights: Weights, spec: StepSpec): void {
  for (const [cell, value] of weights) if (isWeight(cell, spec)) cell.native(spec.seed).write(value);
}

/** All variables of a run, and the weights that the model gets in the end, by their names in a checkpoint. */
function namedTensors(now: Weights, final: Weights | undefined, spec: StepSpec): Map<string, NativeArray> {
  const tensors = new Map<string, NativeArray>();
  for (const [cell, value] of now) tensors.set(nameOf(roomOf(cell, spec.training!), cell), value);
  for (const [cell, value] of final ?? []) if (isWeight(cell, spec)) tensors.set(nameOf('final', cell), value);
  return tensors;
}

function listCallbacks({ verbose, callbacks, onEpoch, onBatch }: CheckedFitOptions): readonly Callback[] {
  const shorthand: Callback = {
    ...(onEpoch && { epochEnd: (event) => onEpoch(event as never) }),
    ...(onBatch && { batchEnd: (event) => onBatch(event as never) }),
  };
  return [...(verbose ? [progress()] : []), ...callbacks, shorthand];
}
