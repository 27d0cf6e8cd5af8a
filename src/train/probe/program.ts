/** The program of a probe: one step of training without what it would write. */

import type { Targets } from '../../data/check.js';
import type { Columns } from '../../data/columns.js';
import { addon } from '../../native/addon.js';
import { converted } from '../../native/errors.js';
import { grad } from '../../tensor/grad.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Trace, type Traced, type TraceOptions, traceAtOnce, traceInParts } from '../../tensor/trace.js';
import type { Parameter } from '../../tensor/variable.js';
import { numberArguments, stepNumbers } from '../numbers.js';
import { batchArguments, type StepSpec, traceLoss, tracePrediction, traceUpdate } from '../step.js';
import { type ActivationReport, activationReport, byPath } from './activation.js';
import type { ParameterReport, Probe, UpdateReport } from './report.js';
import type { LookingProgram } from './session.js';
import { type Read, readAll, Sheet } from './sheet.js';
import { norm, statistics } from './statistics.js';

/** What a program was made for. */
export interface ProbeShape {
  readonly rows: number;
  readonly bins: number;
  readonly activations: boolean;
}

export type ProbeNumbers = Pick<Probe, 'loss' | 'gradientNorm' | 'parameters' | 'activations'>;

export interface ProbeProgram extends LookingProgram {
  /** Arguments after the columns: the numbers of the step, if there is an optimizer. */
  readonly scalars: number;
  readonly targets: readonly Targets[];
  readonly read: Read<ProbeNumbers>;
}

/** The event loop turns while it is traced. */
export async function probeProgram(spec: StepSpec, columns: Columns, shape: ProbeShape): Promise<ProbeProgram> {
  return programOf(spec, shape, await traceInParts(optionsOf(spec), (context) => traceProbe(spec, columns, shape, context)));
}

export function probeProgramAtOnce(spec: StepSpec, columns: Columns, shape: ProbeShape): ProbeProgram {
  return programOf(
    spec,
    shape,
    traceAtOnce(optionsOf(spec), (context) => traceProbe(spec, columns, shape, context)),
  );
}

function optionsOf({ where, seed, training }: StepSpec): TraceOptions {
  return { name: where, mode: 'training', seed, writes: [], ...(training && { step: training.optimizer.step }) };
}

type ProbeParts = Pick<ProbeProgram, 'targets' | 'read'>;

function programOf({ training, model }: StepSpec, { rows }: ProbeShape, { graph, variables, result }: Traced<ProbeParts>): ProbeProgram {
  const scalars = training ? numberArguments(stepNumbers(training, 0), model.dtype) : 0;
  return { batch: rows, graph, program: converted(() => addon.program(graph)), variables, scalars, ...result };
}

/** The whole step is one part: what trains may change between two. */
function* traceProbe(
  spec: StepSpec,
  columns: Columns,
  { rows, bins, activations }: ProbeShape,
  context: Trace,
): Generator<void, ProbeParts> {
  const given = batchArguments(columns, rows, spec.model, context);
  const { result: prediction, seen } = context.watch(() => tracePrediction(spec, given, rows));
  const loss = traceLoss(spec, prediction, given, context);
  const gradients = takeStep(spec, loss, context);
  const sheet = new Sheet(context);
  const readLoss = sheet.number(loss);
  const looked: [string, Read<ParameterReport>][] = [];
  for (const [path, parameter] of spec.model.parameters()) {
    yield;
    looked.push(...context.withScope('probe', () => listed(path, parameter, gradients, bins, sheet, context)));
  }
  const activated: [string, Read<ActivationReport>][] = [];
  for (const [path, one] of activations ? byPath(seen) : []) {
    yield;
    const isOutput = one.value.id === prediction.id;
    activated.push([path, context.withScope('probe', () => activationReport(sheet, one, isOutput, bins))]);
  }
  const parameters = reports(looked);
  const units = reports(activated);
  const read: Read<ProbeNumbers> = (numbers) => {
    const named = parameters(numbers);
    const norms = Object.values(named).map(({ gradient }) => gradient?.norm ?? 0);
    return { loss: readLoss(numbers), gradientNorm: Math.hypot(...norms), parameters: named, activations: units(numbers) };
  };
  const wanted = spec.loss?.targets?.(prediction, given.y);
  return { read, targets: wanted ? [wanted] : [] };
}

/** Gradients before clipping. Afterwards the trace's latest versions are those that the step would write. */
function takeStep(spec: StepSpec, loss: Tensor, context: Trace): ReadonlyMap<Parameter, Tensor> {
  const { model, training } = spec;
  if (training) return traceUpdate(training, model, loss, context);
  const trained = [...model.parameters().values()].filter(({ trainable }) => trainable);
  const gradients = grad(loss, trained);
  return new Map(trained.map((parameter, i) => [parameter, gradients[i]!]));
}

/** Nothing for parameters that have no elements, or no value and no use. */
function listed(
  path: string,
  parameter: Parameter,
  gradients: ReadonlyMap<Parameter, Tensor>,
  bins: number,
  sheet: Sheet,
  context: Trace,
): [string, Read<ParameterReport>][] {
  if (!context.versions.has(parameter) && !parameter.initialized) return [];
  const { shape, trainable } = parameter;
  const before = context.initial(parameter);
  if (before.size === 0) return [];
  const weight = statistics(sheet, before, bins);
  const gradient = gradients.get(parameter);
  const after = context.read(parameter);
  const change = after.id === before.id ? undefined : sheet.number(norm(after.sub(before)));
  const read = readAll<ParameterReport>({
    shape: () => shape,
    trainable: () => trainable,
    weight,
    gradient: gradient && statistics(sheet, gradient, bins),
    update: change && ((numbers) => updateReport(change(numbers), weight(numbers).norm)),
  });
  return [[path, read]];
}

function updateReport(norm: number, weightNorm: number): UpdateReport {
  return { norm, ratio: weightNorm === 0 ? null : norm / weightNorm };
}

function reports<T>(named: readonly (readonly [string, Read<T>])[]): Read<Record<string, T>> {
  return (numbers) => Object.fromEntries(named.map(([path, read]) => [path, read(numbers)]));
}
