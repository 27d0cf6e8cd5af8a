import { describe, expect, it } from 'vitest';
import { grouped } from '../../src/grouped.js';

describe('grouped', () => {
  it('puts digits in groups of three, those of a fraction not', () => {
    expect([0, 12, 999, 1000, 12345, 1234567, -1000, -999].map((n) => grouped(n))).toEqual([
      '0',
      '12',
      '999',
      '1,000',
      '12,345',
      '1,234,567',
      '-1,000',
      '-999',
    ]);
    expect(grouped(0.123456, 5)).toBe('0.12346');
    expect(grouped(-1234567.5, 4)).toBe('-1,234,567.5000');
  });

  it('rounds, and writes what is no number as JavaScript does', () => {
    expect(grouped(999.6)).toBe('1,000');
    expect([grouped(Number.NaN), grouped(Number.POSITIVE_INFINITY, 2), grouped(1e21)]).toEqual(['NaN', 'Infinity', '1e+21']);
  });
});
