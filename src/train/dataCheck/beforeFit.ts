/** What `fit` looks at by itself before the first step. */

import { type Column, type Columns, rowsOf } from '../../data/columns.js';
import { DataError } from '../../errors.js';
import type { Model } from '../../nn/module.js';
import { constantInputs, hugeInputs } from './columns.js';
import { leakage } from './leakage.js';
import { type DataFinding, sentence } from './report.js';
import { columnStatistics, widthOf } from './statistics.js';

/** What happens then: `throw` rejects the run. */
export type OnFinding = 'warn' | 'throw' | false;

/** Elements that are looked at in each set, at most: some milliseconds of one core, whatever the data. */
const ELEMENTS = 2 ** 22;

const CODES = { constantInputs: 'SLALOM_CONSTANT_INPUTS', hugeInputs: 'SLALOM_HUGE_INPUTS', leakage: 'SLALOM_LEAKAGE' } as const;

const stepFor = (column: Column): number => Math.ceil(rowsOf(column) / Math.max(2, Math.floor(ELEMENTS / widthOf(column.values))));

/** Warns of severe findings, each once, or rejects with the first as a `DataError`. */
export async function inspectData(
  { model, training, validation }: { readonly model: Model; readonly training: Columns; readonly validation: Columns | undefined },
  what: OnFinding,
  cancelled: () => boolean,
): Promise<void> {
  if (what === false) return;
  const steps = { training: stepFor(training.x), validation: validation ? stepFor(validation.x) : 1 };
  const x = await columnStatistics(training.x.values, steps.training, cancelled);
  if (!x || cancelled()) return;
  const { dtype } = training.x.values;
  const scales = model.inputTraits().precise || (dtype !== 'f32' && dtype !== 'f64');
  // Somebody who gives the very same array knows it.
  const other = validation?.x.values === training.x.values ? undefined : validation;
  const leaked = other && (await leakage(training.x, other.x, steps));
  for (const finding of [constantInputs(x), hugeInputs(x, scales), leaked]) {
    if (finding?.severe) tell(finding, what);
  }
}

function tell(finding: DataFinding, what: 'warn' | 'throw'): void {
  const message = `fit: ${sentence(finding)}`;
  if (what === 'throw') throw new DataError(message, { op: 'fit', row: finding.rows?.[0]?.row, column: finding.columns?.[0] });
  const code = CODES[finding.kind as keyof typeof CODES];
  process.emitWarning(`${message} checkData(data) says more; fit(…, { checkData: false }) does not look.`, { type: 'SlalomWarning', code });
}
