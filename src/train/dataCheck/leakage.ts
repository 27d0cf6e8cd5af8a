/** Rows of the validation data that the training data have too. */

import { addon } from '../../native/addon.js';
import { sameShape } from '../../tensor/dtype.js';
import { counted, type DataFinding, percent } from './report.js';
import { lookedAt, type Sample } from './sample.js';

/** Rows that a finding lists. */
const LISTED = 10;
/** Of the validation rows: more than chance, and enough to move every number that validation gives. */
const SEVERE = 0.1;
/** Of the first rows of a stream: fewer say nothing. */
export const FEWEST = 16;

/** Which rows are counted, and what they are compared with. */
interface Sides {
  readonly looked: Sample;
  readonly known: Sample;
  readonly words: { readonly row: string; readonly known: string };
}

/** Rows of one set that another has too. */
interface Matches extends Pick<Sides, 'words'> {
  readonly matched: number;
  readonly rows: number;
  readonly first: boolean;
  /** Whether all rows of the other are known. */
  readonly whole: boolean;
  /** Of all that were looked at, scaled up to all rows of the other. */
  readonly share: number;
  readonly byChance: number;
  readonly pairs: readonly { readonly row: number; readonly in: number }[];
}

/**
 * Compares the rows of both that are looked at. Where training rows repeat each other (a few discrete
 * values), validation rows repeat them as often by chance; what goes beyond that leaked. Of a training
 * stream too few rows are known to meet many validation rows: there the share of these few counts as well.
 */
export async function leakage(training: Sample, validation: Sample): Promise<DataFinding | undefined> {
  if (!sameShape(training.x.values.shape.slice(1), validation.x.values.shape.slice(1))) return undefined;
  const forth = await matches({ looked: validation, known: training, words: { row: 'row', known: 'training' } });
  if (forth.matched === 0) return undefined;
  const back =
    training.rows === undefined
      ? await matches({ looked: training, known: validation, words: { row: 'training row', known: 'validation' } })
      : forth;
  const beyond = ({ share, byChance }: Matches) => share - byChance;
  const told = beyond(back) > beyond(forth) ? back : forth;
  const begun = training.rows === undefined || validation.rows === undefined;
  return {
    kind: 'leakage',
    severe: beyond(told) >= SEVERE && (!begun || told.rows >= FEWEST),
    data: validation.x.name,
    rows: forth.pairs,
    found: inWords(told),
    consequence: 'The model has seen their answers: validation shows how well it remembers, not how well it generalises',
    advice: 'Remove repeated rows before the data are split',
  };
}

async function matches({ looked, known, words }: Sides): Promise<Matches> {
  const [a, b] = [known.x.values.native, looked.x.values.native];
  const { repeated, matched, pairs } = await addon.matchRows(a, known.step, b, looked.step, LISTED);
  const [rows, compared] = [lookedAt(looked), lookedAt(known)];
  const first = looked.rows === undefined;
  // Two of few rows that are alike stand for two values, each of which may come again.
  const alike = first || known.rows === undefined ? 2 * repeated : repeated;
  return {
    words,
    matched,
    rows,
    first,
    whole: known.rows === undefined || compared === known.rows,
    share: Math.min(1, (matched * ((known.rows ?? compared) / compared)) / rows),
    byChance: Math.min(1, alike / compared),
    pairs: pairs.map((pair) => ({ row: numberOf(looked, pair.row), in: numberOf(known, pair.in) })),
  };
}

const numberOf = ({ x }: Sample, place: number): number => x.numberOf?.(place) ?? place;

function inWords({ words, matched, rows, first, whole, share, byChance, pairs }: Matches): string {
  const of = `${first ? 'the first ' : ''}${counted(rows, words.row)}`;
  const about = whole ? ` (${percent(share)})` : `, so about ${percent(share)}`;
  const chance = byChance > 0 ? `; ${words.known} rows repeat each other in ${percent(byChance)}` : '';
  return `${matched} of ${of}${about} are rows of the ${words.known} data too, first row ${pairs[0]!.row} as row ${pairs[0]!.in}${chance}`;
}
