/** Rows that are objects of named numbers (records, Arrow tables) as rows of x and y. */

import { DataError, describe } from '../errors.js';
import { suggestion } from '../nearest.js';

/** Names of record fields, or positions where records are arrays. */
export type FieldNames = string | number | readonly (string | number)[];

/** Which fields of a record make x, y and weight; one name gives a number, a list gives a vector. */
export interface FieldChoice {
  readonly x: FieldNames;
  readonly y?: FieldNames;
  readonly weight?: string | number;
}

export const isFieldNames = (value: unknown): value is FieldNames =>
  typeof value === 'string' ||
  (Number.isInteger(value) && (value as number) >= 0) ||
  (Array.isArray(value) && value.length > 0 && value.every((name) => !Array.isArray(name) && isFieldNames(name)));

/** How a field of a row is read. */
export type Reader = (name: string | number) => unknown;

/** A row made of the named fields. Throws `DataError` that names row and field. */
export function chosen({ x, y, weight }: FieldChoice, read: Reader, known: () => readonly string[], row: number) {
  const one = (name: string | number) => numberOf(name, read(name), known, row);
  const part = (names: FieldNames) => (typeof names === 'string' || typeof names === 'number' ? one(names) : names.map(one));
  return { x: part(x), ...(y !== undefined && { y: part(y) }), ...(weight !== undefined && { weight: one(weight) }) };
}

function numberOf(name: string | number, value: unknown, known: () => readonly string[], row: number): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  const field = `dataset: row ${row}: the field ${JSON.stringify(name)}`;
  const details = { op: 'dataset', row, found: describe(value) };
  if (value === undefined && !known().includes(String(name))) {
    throw new DataError(`${field} is missing${suggestion(String(name), known())}`, details);
  }
  const remedy =
    typeof value === 'string'
      ? 'turn text into numbers with map() before fields are chosen: dataset(source).map((record) => ({ x: [Number(record.a)], y: … }))'
      : typeof value === 'bigint'
        ? 'convert it with Number(…) in map()'
        : 'leave such rows out with filter() or fill them in with map()';
  throw new DataError(`${field} is ${describe(value)}, expected a number; ${remedy}`, details);
}

/** The fields of a record, or the entries of an array of values. */
export function chooseFields(choice: FieldChoice) {
  return (record: unknown, row: number) => {
    if (typeof record !== 'object' || record === null) {
      throw new DataError(`dataset: row ${row} is ${describe(record)}, expected an object with named fields`, { op: 'dataset', row });
    }
    const fields = record as Readonly<Record<string | number, unknown>>;
    return chosen(
      choice,
      (name) => fields[name],
      () => Object.keys(fields),
      row,
    );
  };
}
