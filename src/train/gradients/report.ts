/** What `checkGradients` found. */

import { formatShape } from '../../errors.js';
import { numbers, textTable, words } from '../../table.js';
import type { GradientVerdict } from './difference.js';

export interface GradientCheck {
  /** Of the parameter, `x` for the inputs of a model; of an argument of a function its number. */
  readonly path: string;
  readonly shape: readonly number[];
  /** The derivative along the direction by the chain rule. */
  readonly analytic: number;
  /** The same by differences. */
  readonly numeric: number;
  /** |analytic − numeric| / max(|analytic|, |numeric|) */
  readonly relativeError: number;
  /** What |analytic − numeric| may be: the rounding and truncation of the difference. */
  readonly tolerance: number;
  /** The step of the difference. */
  readonly step: number;
  readonly verdict: GradientVerdict;
  /** Why it is no pass, unless the numbers say so. */
  readonly reason?: string;
}

export class GradientReport {
  /** No check failed. Some may be inconclusive. */
  readonly passed: boolean;

  /** @internal Made by `checkGradients`. */
  constructor(
    /** At the point, in float64. */
    readonly loss: number,
    readonly checks: readonly GradientCheck[],
  ) {
    this.passed = checks.every(({ verdict }) => verdict !== 'fail');
  }

  toString(): string {
    const columns = [
      ...words('gradient', 'shape'),
      ...numbers('chain rule', 'differences', 'relative error', 'tolerance'),
      ...words('verdict'),
    ];
    const rows = this.checks.map((one) => [
      one.path,
      formatShape(one.shape),
      one.analytic.toExponential(6),
      one.numeric.toExponential(6),
      one.relativeError.toExponential(1),
      one.tolerance.toExponential(1),
      one.reason === undefined ? one.verdict : `${one.verdict}: ${one.reason}`,
    ]);
    return textTable(columns, rows).join('\n');
  }
}
