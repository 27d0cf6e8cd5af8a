/** Rows of the validation data that the training data have too. */

import type { Column } from '../../data/columns.js';
import { addon } from '../../native/addon.js';
import { sameShape } from '../../tensor/dtype.js';
import { counted, type DataFinding, percent } from './report.js';

/** Rows that a finding lists. */
const LISTED = 10;
/** Of the validation rows: more than chance, and enough to move every number that validation gives. */
const SEVERE = 0.1;

/**
 * Compares every `steps.training`-th with every `steps.validation`-th row. Where training rows repeat each
 * other (a few discrete values), validation rows repeat them as often by chance; what goes beyond that leaked.
 */
export async function leakage(
  training: Column,
  validation: Column,
  steps: { readonly training: number; readonly validation: number },
): Promise<DataFinding | undefined> {
  const [a, b] = [training.values, validation.values];
  if (!sameShape(a.shape.slice(1), b.shape.slice(1))) return undefined;
  const { repeated, matched, pairs } = await addon.matchRows(a.native, steps.training, b.native, steps.validation, LISTED);
  if (matched === 0) return undefined;
  const [rows, looked] = [Math.ceil(a.shape[0]! / steps.training), Math.ceil(b.shape[0]! / steps.validation)];
  const share = Math.min(1, (matched * steps.training) / looked);
  const byChance = repeated / rows;
  const about = steps.training > 1 ? `, so about ${percent(share)}` : ` (${percent(share)})`;
  const chance = byChance > 0 ? `; training rows repeat each other in ${percent(byChance)}` : '';
  return {
    kind: 'leakage',
    severe: share - byChance >= SEVERE,
    data: validation.name,
    rows: pairs,
    found: `${matched} of ${counted(looked, 'row')}${about} are rows of the training data too, first row ${pairs[0]!.row} as row ${pairs[0]!.in}${chance}`,
    consequence: 'The model has seen their answers: validation shows how well it remembers, not how well it generalises',
    advice: 'Remove repeated rows before the data are split',
  };
}
