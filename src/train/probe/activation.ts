import type { Activated } from '../../tensor/region.js';
import { type Read, readAll, type Sheet } from './sheet.js';
import { type Statistics, statistics } from './statistics.js';

/** What an activation function gave for the rows of a probe. */
export interface ActivationReport extends Statistics {
  /** `relu`, `tanh`, `sigmoid`, … */
  readonly kind: string;
  /** Elements of its last axis. */
  readonly units: number;
  /** Whether it makes the model's output. */
  readonly output: boolean;
  /** Share of elements that are 0. */
  readonly zeroShare: number;
  /** Share of units that are 0 for all rows. */
  readonly deadShare: number;
  /** Of tanh and sigmoid: share of elements where the slope is below a twentieth of its greatest. */
  readonly saturatedShare: number;
}

const FLAT = 1 / 20;

/** Outputs from −1 to 1 as 1 − slope / greatest slope is their square: tanh' = 1 − y², sigmoid' = (1 − (2y − 1)²) / 4. */
const CENTRED: Readonly<Record<string, (value: Activated['value']) => Activated['value']>> = {
  tanh: (y) => y,
  sigmoid: (y) => y.mul(2).sub(1),
};

export function activationReport(sheet: Sheet, activated: Activated, output: boolean, bins: number): Read<ActivationReport> {
  const { kind } = activated;
  // One number a row is one unit.
  const value = activated.value.rank > 1 ? activated.value : activated.value.reshape([activated.value.size, 1]);
  const { dtype, rank } = value;
  const share = (holds: Activated['value']) => sheet.number(holds.cast(dtype).mean());
  const rows = Array.from({ length: rank - 1 }, (_, axis) => axis);
  const saturated = CENTRED[kind]?.(value)
    .square()
    .greater(1 - FLAT);
  const constant = { kind, units: value.shape.at(-1)!, output };
  const read = readAll<Omit<ActivationReport, keyof Statistics | keyof typeof constant>>({
    zeroShare: share(value.equal(0)),
    deadShare: share(value.notEqual(0).any(rows).not()),
    saturatedShare: saturated ? share(saturated) : () => 0,
  });
  const basic = statistics(sheet, value, bins);
  return (numbers) => ({ ...constant, ...read(numbers), ...basic(numbers) });
}

/** Every activation under its layer path; a second one of the same layer as `path#2`. */
export function byPath(seen: readonly Activated[]): Map<string, Activated> {
  const named = new Map<string, Activated>();
  for (const each of seen.filter(({ value }) => value.size > 0)) {
    const path = each.path || each.kind;
    let name = path;
    for (let n = 2; named.has(name); n++) name = `${path}#${n}`;
    named.set(name, each);
  }
  return named;
}
