/** What `checkData` found. */

/** Stable: programs may compare it. */
export type DataFindingKind =
  | 'constantInputs'
  | 'constantColumns'
  | 'hugeInputs'
  | 'unscaledColumns'
  | 'differentScales'
  | 'constantTargets'
  | 'unscaledTargets'
  | 'singleClass'
  | 'absentClasses'
  | 'imbalance'
  | 'unseenClasses'
  | 'leakage';

export interface DataFinding {
  readonly kind: DataFindingKind;
  /** Training cannot go well with it; `fit` warns of these by itself. */
  readonly severe: boolean;
  /** `x`, `y`, `validation.x` or `validation.y`. */
  readonly data: string;
  /** Places in a row, flattened. */
  readonly columns?: readonly number[];
  readonly classes?: readonly number[];
  /** Rows of the validation data, each with the training row that equals it: the first of them. */
  readonly rows?: readonly { readonly row: number; readonly in: number }[];
  /** What was found, with the numbers. */
  readonly found: string;
  /** What that does to training. */
  readonly consequence: string;
  readonly advice: string;
}

export class DataReport {
  /** @internal Made by `checkData`. */
  constructor(
    /** Severe ones first. */
    readonly findings: readonly DataFinding[],
    /** Rows that were looked at. */
    readonly rows: { readonly training: number; readonly validation: number },
    /** Rows that there are; undefined for a stream that was not read to its end. */
    readonly of: { readonly training: number | undefined; readonly validation: number | undefined },
  ) {}

  toString(): string {
    const { rows, of } = this;
    const share = (looked: number, all: number | undefined) =>
      all === undefined ? `the first ${looked}` : looked < all ? `${looked} of ${all}` : `${looked}`;
    const training = `${share(rows.training, of.training)} training rows`;
    const validation = rows.validation > 0 ? `, ${share(rows.validation, of.validation)} validation rows` : '';
    const head = `${training}${validation}: ${counted(this.findings.length, 'finding')}`;
    return [head, ...this.findings.map((finding) => `\n${finding.severe ? '!' : '-'} ${sentence(finding)}`)].join('\n');
  }
}

export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** A finding in words. */
export function sentence({ data, found, consequence, advice }: DataFinding): string {
  return `${data}: ${found}. ${consequence}. ${advice}.`;
}

export const percent = (share: number): string => `${(share * 100).toPrecision(3)} %`;

/** Numbers of a list that are printed. */
const LISTED = 8;

/** `columns 0, 3, 7 and 12 more` */
export function list(name: string, numbers: readonly number[]): string {
  const [one] = numbers;
  if (numbers.length === 1) return `${name} ${one}`;
  const plural = name.endsWith('s') ? `${name}es` : `${name}s`;
  const shown = numbers.slice(0, LISTED).join(', ');
  return `${plural} ${shown}${numbers.length > LISTED ? ` and ${numbers.length - LISTED} more` : ''}`;
}
