/** The compiled step over the data of a run, opened as a native session. */

import { setImmediate as turn } from 'node:timers/promises';
import type { Targets } from '../data/check.js';
import { nativesOf, rowsOf } from '../data/columns.js';
import { addon } from '../native/addon.js';
import type { NativeArray, NativeSession } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Cell } from '../tensor/trace.js';
import { Parameter, trainableVersion } from '../tensor/variable.js';
import type { Compiled } from './batchPrograms.js';
import { type Flow, traced } from './flow.js';
import { inspectors } from './inspect.js';
import { checkUnleased, Published } from './lease.js';
import { numberArguments, stepNumbers } from './numbers.js';
import { Outputs } from './outputs.js';
import { type Step, type StepSpec, traceStep } from './step.js';
import type { Supply } from './supply.js';

export interface Batching {
  readonly dropLast: boolean;
  /** Steps that do not train see the variables as they are now, not as somebody changes them meanwhile. */
  readonly pin: boolean;
}

/** What a session may have in place of its own. */
export interface Others {
  /** Copies of the variables. */
  readonly published?: Published | undefined;
  /** Of a session before it, that was closed: it goes on from there. */
  readonly supply?: Supply;
  /** Makes steps for other types of batches. */
  readonly make?: Compiled['make'];
  /** What layers that look at batches see, if the variables cannot be read any more. */
  readonly seen?: Published | undefined;
  /** Variables of the run that it works inside of: their lease is no hindrance. */
  readonly within?: readonly Cell[];
}

export interface OpenSession {
  readonly native: NativeSession;
  readonly outputs: Outputs;
  /** Of an epoch; Infinity if that is not known. */
  readonly rows: number;
  readonly supply: Supply;
  /** Of one whole batch; once the native session is ready. */
  readonly flops: number;
  readonly targets: readonly Targets[];
  readonly variables: readonly Cell[];
}

/** The steps that a session begins with, traced: one for every batch size. */
export function traceSteps(spec: StepSpec, { columns, sizes }: Flow): readonly Step[] {
  return sizes.map((batch) => traceStep(spec, columns, batch));
}

/** The same, one in each turn of the event loop; all of them again if meanwhile other parameters are to be trained. */
export async function traceStepsInTurns(spec: StepSpec, { columns, sizes }: Flow): Promise<readonly Step[]> {
  for (;;) {
    const version = trainableVersion();
    const steps: Step[] = [];
    for (const batch of sizes) {
      steps.push(traceStep(spec, columns, batch));
      await turn();
    }
    if (trainableVersion() === version) return steps;
  }
}

/** Opens a session over the model's own variables, or over published copies of them. */
export function openSession(
  spec: StepSpec,
  flow: Flow,
  steps: readonly Step[],
  batching: Batching,
  { published, supply: present, make = traced(spec), seen: given, within = [] }: Others = {},
): OpenSession {
  const [first] = steps as [Step];
  const { columns, rows, resident } = flow;
  const { variables } = first;
  const { dtype } = spec.model;
  const natives = variables.map((cell) => published?.of(cell) ?? cell.native(spec.seed));
  const foreign = variables.map((cell, i) => ({ cell, native: natives[i]! })).filter(({ cell }) => !within.includes(cell));
  checkUnleased(
    spec.where,
    foreign.map(({ cell }) => cell),
    foreign.map(({ native }) => native),
  );
  const seen = resident || present ? undefined : (published ?? given ?? statistics(spec, variables));
  const native = converted(() =>
    addon.session({
      programs: steps.map(({ batch, program, graph }) => ({ batch, program, checked: graph })),
      variables: natives,
      columns: resident ? nativesOf(columns) : [],
      rows: rowsOf(columns.x),
      shuffle: flow.gathers,
      batchSize: spec.batchSize,
      seed: spec.seed,
      scalars: spec.training ? numberArguments(stepNumbers(spec.training, 0), dtype) : 0,
      lease: spec.training !== undefined,
      ...batching,
    }),
  );
  const outputs = new Outputs(spec.metrics, first.sizes, spec.batchSize);
  const compiled = { spec, first, seen, make };
  const supply = present ?? flow.supply(compiled);
  if (present) present.use(compiled);
  return {
    native,
    outputs,
    rows,
    supply,
    get flops() {
      return first.program.flops;
    },
    targets: first.targets,
    variables,
  };
}

/** Copies of what layers that look at data have fitted: a session that trains holds it. */
export function statistics({ model, seed }: Pick<StepSpec, 'model' | 'seed'>, variables: readonly Cell[]): Published | undefined {
  if (inspectors(model).length === 0) return undefined;
  return new Published(
    variables.filter((cell) => !(cell instanceof Parameter)),
    seed,
  );
}

/** A snapshot of a session's variables, by variable. */
export type Weights = ReadonlyMap<Cell, NativeArray>;

export async function snapshot({ native, variables }: OpenSession, wanted: (cell: Cell) => boolean = () => true): Promise<Weights> {
  const which = variables.flatMap((cell, i) => (wanted(cell) ? [i] : []));
  const values = await native.snapshot(which);
  return new Map(which.map((place, i) => [variables[place]!, values[i]!]));
}

/** Gives their memory back, once nobody reads them any more. */
export function discard(weights: Weights): void {
  for (const value of weights.values()) value.release();
}
