/** What needs all rows in memory says so, whatever else it is given. */

import { expect, it } from 'vitest';
import { checkData, dataset } from '../../src/index.js';
import { rejection, toyData, toyRows } from './toy.js';

const data = toyData(20);
const rows = toyRows(data);

const calls: Record<string, (given: never) => PromiseLike<unknown>> = {
  checkData: (given) => checkData(given),
  'checkData with validation': (given) => checkData(data, { validation: given }),
};

it.each(Object.entries(calls))('%s refuses datasets and streams', async (_, call) => {
  const stream = async function* () {
    yield* rows;
  };
  for (const [given, found] of [
    [dataset(data), 'a Dataset'],
    [dataset(rows).shuffle().batch(4), 'a Dataset'],
    [stream(), 'an? '],
    [stream, 'the function stream'],
  ]) {
    const error = await rejection((async () => call(given as never))());
    expect(['DATA', 'OPTION']).toContain(error.code);
    expect(error.message).toMatch(new RegExp(`^\\w+: \\S+ must be .*\\{ x, y \\}.*, found ${found}`));
  }
});
