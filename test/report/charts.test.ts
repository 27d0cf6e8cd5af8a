/** Scales, decimation, pictures. */

import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng, encodePngSync } from '../../src/png.js';
import { decimate } from '../../src/report/charts/decimate.js';
import { histogram } from '../../src/report/charts/histogram.js';
import { linear, scaleFor } from '../../src/report/charts/scale.js';
import { duration, number, percent, whole } from '../../src/report/format.js';
import { generator } from '../support/generator.js';

describe('scales', () => {
  it.each([
    [0, 1, ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']],
    [0.013, 0.0148, ['0.0130', '0.0135', '0.0140', '0.0145', '0.0150']],
    [-3, 12, ['\u22125', '0', '5', '10', '15']],
    [7, 7, ['6.0', '6.5', '7.0', '7.5', '8.0']],
    [0, 0, ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']],
  ])('from %d to %d has ticks %j', (low, high, labels) => {
    expect(linear([low, high]).ticks.map(({ label }) => label)).toEqual(labels);
  });

  it.each([[[1, 2, 3]], [[1e-8, 1]], [[-1e308, 1e308]], [[5e-324, 1e308]], [[1e15, 1e15 + 0.125]], [[0]], [[1e300, 1e300]]])(
    'places %j within the axis',
    (values) => {
      const scale = scaleFor([values])!;
      for (const value of values) {
        expect(scale.at(value)).toBeGreaterThanOrEqual(0);
        expect(scale.at(value)).toBeLessThanOrEqual(1);
      }
      expect(scale.ticks.length).toBeGreaterThan(0);
      expect(scale.ticks.length).toBeLessThan(12);
      expect(new Set(scale.ticks.map(({ label }) => label)).size).toBe(scale.ticks.length);
    },
  );

  it('are logarithmic only for values above 0 that span decades', () => {
    expect(scaleFor([[1e-4, 1]])!.log).toBe(true);
    expect(scaleFor([[0, 1e-4, 1]])!.log).toBe(false);
    expect(scaleFor([[0.5, 1]])!.log).toBe(false);
    expect(scaleFor([[Number.NaN]])).toBeUndefined();
  });
});

describe('decimate', () => {
  it('keeps short series whole', () => {
    expect(decimate([3, 1, 2], 10)).toEqual([0, 1, 2]);
  });

  it('keeps ends, extremes and gaps of every bucket, in order', () => {
    const random = generator(3);
    const values = Array.from({ length: 10_007 }, () => random());
    values[5000] = 9;
    values[5001] = Number.NaN;
    values[77] = -9;
    const kept = decimate(values, 100);
    expect(kept.length).toBeLessThanOrEqual(500);
    expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
    expect(kept).toEqual(expect.arrayContaining([0, 77, 5000, 5001, 10_006]));
  });
});

describe('png', () => {
  it('holds the pixels and the palette', () => {
    const palette = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ] as const;
    const picture = { width: 2, height: 2, palette, pixels: Uint8Array.from([0, 1, 1, 0]) };
    const bytes = encodePngSync(picture);
    const at = (type: string) => bytes.indexOf(type, 0, 'latin1') + 4;
    expect([...bytes.subarray(at('PLTE'), at('PLTE') + 6)]).toEqual([1, 2, 3, 5, 6, 7]);
    expect([...bytes.subarray(at('tRNS'), at('tRNS') + 2)]).toEqual([4, 8]);
    const length = bytes.readUInt32BE(at('IDAT') - 8);
    expect([...inflateSync(bytes.subarray(at('IDAT'), at('IDAT') + length))]).toEqual([0, 0, 1, 0, 1, 0]);
    // The checksum of an empty IEND, as every PNG has it.
    expect(bytes.readUInt32BE(bytes.length - 4)).toBe(0xae426082);
  });

  it('is the same off the JavaScript thread, and has no opacity where all colours are opaque', async () => {
    const pixels = Uint8Array.from([0, 1]);
    const clear = { width: 1, height: 2, palette: [[1, 2, 3, 4] as const, [5, 6, 7] as const], pixels };
    expect((await encodePng(clear)).equals(encodePngSync(clear))).toBe(true);
    expect([...encodePngSync(clear).subarray(encodePngSync(clear).indexOf('tRNS') + 4)].slice(0, 2)).toEqual([4, 255]);
    const opaque = { ...clear, palette: [[1, 2, 3] as const, [5, 6, 7, 255] as const] };
    expect(encodePngSync(opaque).includes('tRNS')).toBe(false);
  });
});

describe('numbers', () => {
  it.each([
    [0.073123, '0.07312'],
    [0, '0'],
    [-1.5, '\u22121.5'],
    [123456, '123500'],
    [1.5e-7, '1.5e\u22127'],
    [2e30, '2e30'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '\u2212∞'],
  ])('%d is %s', (value, text) => {
    expect(number(value)).toBe(text);
  });

  it.each([
    [0.1234, '0.123\u00a0s'],
    [59.96, '60\u00a0s'],
    [185, '3\u00a0min 5\u00a0s'],
    [3599.8, '1\u00a0h'],
    [7440, '2\u00a0h 4\u00a0min'],
    [100_000, '1\u00a0d 4\u00a0h'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it('have commas and percent signs', () => {
    expect(whole(1234567)).toBe('1,234,567');
    expect(percent(0.9573)).toBe('95.7\u00a0%');
  });
});

describe('histogram', () => {
  it('draws every bar that has something in it', () => {
    const d = /d="([^"]*)"/.exec(histogram({ counts: [1_000_000, 0, 1], from: 0, to: 1 }).text)![1]!;
    expect(d.match(/M/g)).toHaveLength(2);
  });

  it('survives no counts and counts that are no numbers', () => {
    expect(histogram({ counts: [], from: 0, to: 1 }).text).not.toMatch(/NaN|Infinity/);
    expect(histogram({ counts: [Number.NaN, -1, 2], from: -1, to: 1 }).text).not.toMatch(/NaN|Infinity/);
  });
});
