/** Splitters against scikit-learn's. */

import { expect, it } from 'vitest';
import { halvingRounds } from '../../src/select/search/halving.js';
import * as splits from '../../src/select/splits/index.js';
import { fixture } from './fixtures.js';

type Rows = readonly number[] | { readonly from: number; readonly to: number };

interface Case {
  readonly splitter: 'kFold' | 'stratifiedKFold' | 'groupKFold' | 'timeSeriesSplit';
  readonly argument: number | readonly number[];
  readonly options: object;
  readonly train: readonly Rows[];
  readonly test: readonly Rows[];
}

interface Halving {
  readonly candidates: number;
  readonly factor: number;
  readonly max: number;
  readonly min: number | null;
  readonly candidatesOf: readonly number[];
  readonly resourcesOf: readonly number[];
}

const { cases, halving } = fixture<{ cases: readonly Case[]; halving: readonly Halving[] }>('splits');
const expand = (rows: Rows) => ('from' in rows ? Array.from({ length: rows.to - rows.from }, (_, i) => rows.from + i) : [...rows]);

it.each(cases.map((c, i) => [`${i} ${c.splitter} ${JSON.stringify(c.options)}`, c] as const))('%s', (_, c) => {
  const found = splits[c.splitter](c.argument as never, c.options);
  expect(found.map(({ train }) => [...train])).toEqual(c.train.map(expand));
  expect(found.map(({ test }) => [...test])).toEqual(c.test.map(expand));
});

it.each(halving)(
  'halving of $candidates by $factor up to $max from $min',
  ({ candidates, factor, max, min, candidatesOf, resourcesOf }) => {
    const rounds = halvingRounds(candidates, { factor, max, ...(min !== null && { min }), least: 1 });
    expect(rounds.map((round) => round.candidates)).toEqual(candidatesOf);
    expect(rounds.map((round) => round.resource)).toEqual(resourcesOf);
  },
);
