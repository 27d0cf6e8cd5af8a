/** The random numbers of datasets are those of the core. */

import { describe, expect, it } from 'vitest';
import { beta } from '../../src/data/mixup.js';
import { permutation } from '../../src/data/orders.js';
import { keyOf, Words } from '../../src/data/philox.js';
import { addon } from '../../src/native/addon.js';

describe('keys', () => {
  it.each([
    [0, 'shuffle', 0],
    [7, 'data/map', 3],
    [2 ** 53 - 1, '', 2 ** 40],
  ])('of seed %s, path %j and n %s are the core’s', (seed, path, n) => {
    const [low, high] = keyOf(seed, path, n);
    expect((BigInt(high) << 32n) | BigInt(low)).toBe(BigInt.asUintN(64, addon.randomKey(seed, path, n)));
  });
});

describe('the order of rows', () => {
  it.each([1, 2, 3, 10, 1000, 40_000])('of %s rows is the core’s', async (rows) => {
    for (const epoch of [0, 1, 5]) expect(await permutation(9, epoch, rows)).toEqual(addon.permutation(9, epoch, rows));
  });
});

describe('words', () => {
  it('are the published vectors of Philox4x32-10', () => {
    const words = new Words([0, 0]);
    expect(Array.from({ length: 4 }, () => words.next())).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });

  it('of other streams are others', () => {
    expect(new Words([1, 2], 1).next()).not.toBe(new Words([1, 2], 0).next());
  });

  it('below a bound cover it evenly', () => {
    const words = new Words([3, 4]);
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 6000; i++) counts[words.below(6)]!++;
    // Chi-squared with 5 degrees of freedom, 0.9999 quantile.
    expect(counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)).toBeLessThan(25.8);
  });
});

describe('Beta(alpha, alpha)', () => {
  // Mean 1/2, variance 1 / (4 (2 alpha + 1)): within five standard errors of so many draws.
  it.each([0.01, 0.2, 0.5, 1, 3, 20])('with alpha %s has its mean and variance', (alpha) => {
    const words = new Words([5, 6]);
    const draws = Array.from({ length: 20_000 }, () => beta(alpha, words));
    expect(draws.every((share) => share >= 0 && share <= 1)).toBe(true);
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((sum, share) => sum + (share - 0.5) ** 2, 0) / draws.length;
    const expected = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(expected / draws.length));
    expect(Math.abs(variance - expected)).toBeLessThan((5 * 0.25) / Math.sqrt(draws.length));
  });
});
