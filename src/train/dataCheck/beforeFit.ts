/** What `fit` looks at by itself before the first step. */

import type { Columns } from '../../data/columns.js';
import { DataError } from '../../errors.js';
import type { Model } from '../../nn/module.js';
import type { Flow } from '../flow.js';
import { batchSample, misfit } from './batches.js';
import { constantInputs, hugeInputs } from './columns.js';
import { FEWEST, leakage } from './leakage.js';
import { counted, type DataFinding, sentence } from './report.js';
import { rowsWithin, type Sample, sameRows } from './sample.js';
import { type ColumnStatistics, columnStatistics } from './statistics.js';

/** What happens then: `throw` rejects the run. */
type OnFinding = 'warn' | 'throw' | false;

/** Elements that are looked at in each set, at most: some milliseconds of one core, whatever the data. */
const IN_MEMORY = 2 ** 22;
/** The same of a stream, whose batches are joined on the JavaScript thread. */
const OF_STREAM = 2 ** 20;

const CODES = { constantInputs: 'SLALOM_CONSTANT_INPUTS', hugeInputs: 'SLALOM_HUGE_INPUTS', leakage: 'SLALOM_LEAKAGE' } as const;

/** What the check needs to know of a run. */
interface Run {
  readonly model: Model;
  readonly options: { readonly checkData: OnFinding };
  readonly same: boolean;
}

interface Data {
  readonly training: Flow;
  readonly validation: Flow | undefined;
}

/** Rows, and what the core says of their x. */
interface Look {
  readonly sample: Sample;
  readonly x: ColumnStatistics;
}

/** A look at training data in memory. For columns the core has begun, on a thread of its own, when this returns. */
export async function lookAtRows({ options }: Pick<Run, 'options'>, training: Flow): Promise<Look | undefined> {
  if (!options.checkData || !training.resident) return undefined;
  const found = training.look(IN_MEMORY);
  return lookAt(found instanceof Promise ? await found : found);
}

async function lookAt(sample: Sample): Promise<Look> {
  return { sample, x: await columnStatistics(sample.x.values, sample.step) };
}

/** The check of training data in memory. */
export async function inspectRows(run: Run, look: Look | undefined, { validation }: Data, cancelled: () => boolean): Promise<void> {
  if (look) await inspectData(run, look, validation, cancelled);
}

/** The check of a training stream: of batches that its supply has ready for the first steps, which stay. */
export async function inspectStream(
  run: Run,
  { training, validation }: Data,
  supply: { peek(): Promise<readonly Columns[]> },
  cancelled: () => boolean,
): Promise<void> {
  if (!run.options.checkData || training.resident) return;
  const [first, ...others] = await supply.peek();
  if (!first) return;
  const alike = [first, ...others.filter((batch) => !misfit(first, batch))];
  const sample = await batchSample(alike, rowsWithin(OF_STREAM, first.x), undefined);
  await inspectData(run, await lookAt(sample), validation, cancelled);
}

/** Warns of severe findings, each once, or rejects with the first as a `DataError`. */
async function inspectData(
  { model, options, same }: Run,
  { sample: training, x }: Look,
  validation: Flow | undefined,
  cancelled: () => boolean,
): Promise<void> {
  if (cancelled()) return;
  const { dtype } = training.x.values;
  const scales = model.inputTraits().precise || (dtype !== 'f32' && dtype !== 'f64');
  const held = same ? undefined : await validation?.look(IN_MEMORY);
  const leaked = held && !(await sameRows(training, held)) ? await leakage(training, held) : undefined;
  const few = training.rows === undefined && x.rows < FEWEST;
  for (const finding of [few ? undefined : constantInputs(x), hugeInputs(x, scales), leaked]) {
    if (finding?.severe)
      tell(finding, training.rows === undefined ? ` Of the stream ${counted(x.rows, 'row')} were looked at.` : '', options.checkData);
  }
}

function tell(finding: DataFinding, about: string, what: OnFinding): void {
  const message = `fit: ${sentence(finding)}${about}`;
  if (what === 'throw') throw new DataError(message, { op: 'fit', row: finding.rows?.[0]?.row, column: finding.columns?.[0] });
  const code = CODES[finding.kind as keyof typeof CODES];
  process.emitWarning(`${message} checkData(data) says more; fit(…, { checkData: false }) does not look.`, { type: 'SlalomWarning', code });
}
