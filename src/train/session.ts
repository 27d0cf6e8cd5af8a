/** The compiled step over in-memory columns, opened as a native session. */

import type { Targets } from '../data/check.js';
import { type Columns, rowsOf } from '../data/columns.js';
import { addon } from '../native/addon.js';
import type { NativeArray, NativeSession } from '../native/binding.js';
import { converted } from '../native/errors.js';
import type { Cell } from '../tensor/trace.js';
import { checkUnleased, type Published } from './lease.js';
import { numberArguments, stepNumbers } from './numbers.js';
import { Outputs } from './outputs.js';
import { type Step, type StepSpec, traceStep } from './step.js';

export interface Batching {
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  /** Steps that do not train see the variables as they are now, not as somebody changes them meanwhile. */
  readonly pin: boolean;
}

export interface OpenSession {
  readonly native: NativeSession;
  readonly outputs: Outputs;
  readonly rows: number;
  readonly stepsPerEpoch: number;
  /** Of one whole batch. */
  readonly flops: number;
  readonly targets: readonly Targets[];
  readonly variables: readonly Cell[];
}

/** Batch sizes that occur, the greatest first. */
function batchSizes(rows: number, batchSize: number, dropLast: boolean): number[] {
  const rest = rows % batchSize;
  return rest === 0 || dropLast ? [batchSize] : rows < batchSize ? [rest] : [batchSize, rest];
}

/** Steps of an epoch. */
export const stepsIn = (rows: number, batchSize: number, dropLast: boolean): number =>
  dropLast ? Math.floor(rows / batchSize) : Math.ceil(rows / batchSize);

/** The steps of a session, traced and compiled: one for every batch size. */
export function traceSteps(spec: StepSpec, columns: Columns, dropLast: boolean): readonly Step[] {
  return batchSizes(rowsOf(columns.x), spec.batchSize, dropLast).map((batch) => traceStep(spec, columns, batch));
}

/** Opens a session over the model's own variables, or over published copies of them. */
export function openSession(
  spec: StepSpec,
  columns: Columns,
  steps: readonly Step[],
  batching: Batching,
  published?: Published,
): OpenSession {
  const [first] = steps as [Step];
  const rows = rowsOf(columns.x);
  const { variables } = first;
  const { dtype } = spec.model;
  const natives = variables.map((cell) => published?.of(cell) ?? cell.native(spec.seed));
  checkUnleased(spec.where, variables, natives);
  const native = converted(() =>
    addon.session({
      programs: steps.map(({ batch, program, graph }) => ({ batch, program, checked: graph })),
      variables: natives,
      columns: [columns.x, columns.y, ...(columns.weights ? [columns.weights] : [])].map(({ values }) => values.native),
      rows,
      batchSize: spec.batchSize,
      seed: spec.seed,
      scalars: spec.training ? numberArguments(stepNumbers(spec.training, 0), dtype) : 0,
      lease: spec.training !== undefined,
      ...batching,
    }),
  );
  const outputs = new Outputs(spec.metrics, first.sizes, spec.batchSize);
  return {
    native,
    outputs,
    rows,
    stepsPerEpoch: stepsIn(rows, spec.batchSize, batching.dropLast),
    flops: first.program.flops,
    targets: first.targets,
    variables,
  };
}

/** A snapshot of a session's variables, by variable. */
export type Weights = ReadonlyMap<Cell, NativeArray>;

export async function snapshot({ native, variables }: OpenSession): Promise<Weights> {
  const values = await native.snapshot();
  return new Map(variables.map((cell, i) => [cell, values[i]!]));
}
