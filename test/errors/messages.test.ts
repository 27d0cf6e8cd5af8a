import { expect, describe as group, it } from 'vitest';
import { describe } from '../../src/errors.js';
import { nearest } from '../../src/nearest.js';

it.each<[string, string[], string | undefined]>([
  ['epoch', ['epochs', 'batchSize'], 'epochs'],
  ['restoreBestWeights', ['restoreBest', 'patience'], 'restoreBest'],
  ['val', ['validation', 'epochs'], 'validation'],
  ['BatchSize', ['batchSize'], 'batchSize'],
  ['lrr', ['lr', 'eps'], 'lr'],
  ['quux', ['lr', 'eps'], undefined],
  ['x'.repeat(1e6), ['x'.repeat(1e6 - 1)], undefined],
])('the nearest name of %.20s', (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected);
});

group('a value in a message', () => {
  class NDThing {}
  class Map2 {}
  it.each([
    [new NDThing(), 'an NDThing'],
    [new Map2(), 'a Map2'],
  ])('%s', (value, text) => expect(describe(value)).toBe(text));
});
