/** Statistics by parameter path, as callbacks collect them and reports show them. */

import { DataError, describe } from '../errors.js';
import { isPlain } from '../plain.js';

export interface TensorStatistics {
  readonly norm: number;
  readonly mean: number;
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Elements in intervals of one width, from the first edge to the last; without edges, from `min` to `max`. */
  readonly histogram?: { readonly counts: readonly number[]; readonly edges?: readonly number[] };
}

/** What is known of one parameter. */
export interface LayerStatistics {
  readonly weight?: TensorStatistics;
  readonly gradient?: TensorStatistics;
  /** Of one step: the norm of the change, and what it is of the weight's norm; null where all weights are 0. */
  readonly update?: { readonly norm: number; readonly ratio: number | null };
}

export type Layers = Readonly<Record<string, LayerStatistics>> | ReadonlyMap<string, LayerStatistics>;

const NUMBERS = ['norm', 'mean', 'std', 'min', 'max'] as const;

/** Throws `DataError` that names the parameter and the field. */
export function checkLayers(where: string, layers: Layers): ReadonlyMap<string, LayerStatistics> {
  const map = new Map<string, LayerStatistics>(layers instanceof Map ? layers : Object.entries(layers));
  for (const [path, statistics] of map) {
    const name = `layers[${JSON.stringify(path)}]`;
    if (!isPlain(statistics)) throw unfit(where, name, 'an object { weight, gradient, update }', statistics);
    const { weight, gradient, update } = statistics as LayerStatistics;
    checkTensor(where, `${name}.weight`, weight);
    checkTensor(where, `${name}.gradient`, gradient);
    if (update !== undefined) checkNumbers(where, `${name}.update`, update, update?.ratio === null ? ['norm'] : ['norm', 'ratio']);
  }
  return map;
}

function checkTensor(where: string, name: string, statistics: TensorStatistics | undefined): void {
  if (statistics === undefined) return;
  checkNumbers(where, name, statistics, NUMBERS);
  const { histogram } = statistics;
  if (histogram === undefined) return;
  const { counts, edges = [] } = isPlain(histogram) ? histogram : { counts: undefined };
  if (isNumbers(counts) && isNumbers(edges)) return;
  throw unfit(where, `${name}.histogram`, 'an object { counts, edges }, lists of numbers', histogram);
}

const isNumbers = (list: unknown): boolean =>
  (Array.isArray(list) || ArrayBuffer.isView(list)) && Array.from(list as number[]).every((x) => typeof x === 'number');

function checkNumbers(where: string, name: string, value: unknown, fields: readonly string[]): void {
  const bad = isPlain(value) ? fields.find((field) => typeof value[field] !== 'number') : '';
  if (bad === undefined) return;
  throw unfit(
    where,
    bad === '' ? name : `${name}.${bad}`,
    bad === '' ? `an object { ${fields.join(', ')} }` : 'a number',
    isPlain(value) ? value[bad] : value,
  );
}

function unfit(where: string, name: string, expected: string, found: unknown): DataError {
  return new DataError(`${where}: ${name} must be ${expected}, found ${describe(found)}`, { op: where, expected, found: describe(found) });
}
