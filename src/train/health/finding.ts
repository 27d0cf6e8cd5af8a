/** Something that a look at a step found wrong. */

export type FindingKind = 'notFinite' | 'dead' | 'saturated' | 'vanishing' | 'exploding' | 'noGradient' | 'largeUpdates' | 'smallUpdates';

export interface Finding {
  readonly kind: FindingKind;
  /** Of the layer or the parameter. */
  readonly path: string;
  /** What was measured, and the limit that it broke. */
  readonly value: number;
  readonly limit: number;
  /** Path, numbers, likely cause and what to try. */
  readonly message: string;
}

/** Paths that one warning lists. */
const LISTED = 5;

/** Emits one warning for each kind among the findings: the first in full, the others by path. */
export function emitFindings(where: string, findings: readonly Finding[]): void {
  const kinds = new Map<string, Finding[]>();
  for (const finding of findings) kinds.set(finding.kind, [...(kinds.get(finding.kind) ?? []), finding]);
  for (const [kind, [first, ...others]] of kinds as Map<string, [Finding, ...Finding[]]>) {
    const paths = others.slice(0, LISTED).map(({ path }) => path);
    const more = others.length > LISTED ? ` and ${others.length - LISTED} more` : '';
    const same = others.length > 0 ? ` The same holds for ${paths.join(', ')}${more}.` : '';
    const code = `SLALOM_${kind.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
    process.emitWarning(`${where}: ${first.message}${same}`, { type: 'SlalomWarning', code });
  }
}

/** Tells of each kind and path once. */
export class Told {
  private readonly known = new Set<string>();

  fresh(findings: readonly Finding[]): readonly Finding[] {
    return findings.filter(({ kind, path }) => {
      const key = `${kind} ${path}`;
      return !this.known.has(key) && this.known.add(key);
    });
  }
}

/** 0.00123, 1.2e-7, 45.6 */
export const short = (value: number): string => String(Number(value.toPrecision(3)));

/** 0.756 as 76 % */
export const percent = (share: number): string => `${Math.round(100 * share)} %`;
