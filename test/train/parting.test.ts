/** The epoch where training and validation part: found in noise, and not in noise alone. */

import { describe, expect, it } from 'vitest';
import { type History, overfitting } from '../../src/index.js';
import { courseOf, partingEpoch } from '../../src/train/parting.js';
import { generator } from '../support/generator.js';

/** Sums of twelve numbers are nearly normal. */
function noisy(values: readonly number[], deviation: number, seed: number): number[] {
  const random = generator(seed);
  const normal = () => Array.from({ length: 12 }, random).reduce((sum, u) => sum + u, -6);
  return values.map((value) => value + deviation * normal());
}

const curve = (epochs: number, at: (share: number) => number) => Array.from({ length: epochs }, (_, i) => at(i / epochs));
const falling = (epochs: number) => curve(epochs, (t) => 0.1 + Math.exp(-4 * t));
/** Least at ln(12) / 8 = 0.31 of the run. */
const leastOf = (epochs: number) => 1 + (Math.log(12) / 8) * epochs;
const bowl = (epochs: number) => curve(epochs, (t) => 0.5 * (1.5 * Math.exp(-8 * t) + t + 0.3));
const flat = (epochs: number) => curve(epochs, () => 1);
const LENGTHS = [8, 12, 20, 40, 100, 300];
const SEEDS = Array.from({ length: 100 }, (_, seed) => seed + 1);
const share = (test: (seed: number) => boolean) => SEEDS.filter(test).length / SEEDS.length;

describe('the epoch where curves part', () => {
  it.each(LENGTHS)('is near the least of a curve that rises, in %i epochs', (epochs) => {
    expect(Math.abs(partingEpoch(falling(epochs), bowl(epochs))! - leastOf(epochs))).toBeLessThanOrEqual(0.05 * epochs + 1);
  });

  it.each([12, 20, 40, 100, 300])('is found under noise of a tenth, in %i epochs', (epochs) => {
    const found = SEEDS.map((seed) => partingEpoch(falling(epochs), noisy(bowl(epochs), 0.03, seed)));
    expect(found.filter((epoch) => epoch !== undefined).length).toBeGreaterThanOrEqual(85);
    for (const epoch of found) if (epoch !== undefined) expect(Math.abs(epoch - leastOf(epochs))).toBeLessThan(0.25 * epochs + 1);
  });

  it.each(LENGTHS)('is not in curves that are noise, or fall, in %i epochs', (epochs) => {
    for (const deviation of [0.01, 0.1, 0.3]) {
      expect(share((seed) => partingEpoch(falling(epochs), noisy(flat(epochs), deviation, seed)) !== undefined)).toBeLessThan(0.06);
      expect(share((seed) => partingEpoch(falling(epochs), noisy(falling(epochs), deviation, seed)) !== undefined)).toBeLessThan(0.06);
    }
  });

  it('is not where training gets worse too, or where the rise is within the tolerance', () => {
    expect(partingEpoch(bowl(40), bowl(40))).toBeUndefined();
    expect(courseOf(bowl(40), bowl(40))).toMatchObject({ rises: true, learns: false });
    const slight = curve(40, (t) => 1 + 0.04 * t + Math.exp(-20 * t));
    expect(partingEpoch(falling(40), slight)).toBeUndefined();
    expect(courseOf(falling(40), slight, 0)).toMatchObject({ rises: true, learns: true });
  });

  it('is not in fewer than eight epochs', () => {
    expect(courseOf(falling(7), bowl(7))).toBeUndefined();
    expect(courseOf([], [])).toBeUndefined();
    expect(courseOf(falling(8), bowl(8))).toBeDefined();
  });

  it('does not mind epochs that are not finite, nor single outliers', () => {
    const [training, validation] = [falling(40), noisy(bowl(40), 0.01, 3)];
    const found = partingEpoch(training, validation)!;
    const spoilt = validation.with(0, Number.NaN).with(20, Number.POSITIVE_INFINITY).with(33, Number.NaN);
    expect(Math.abs(partingEpoch(training, spoilt)! - found)).toBeLessThanOrEqual(1);
    expect(Math.abs(partingEpoch(training.with(5, Number.NaN), validation)! - found)).toBeLessThanOrEqual(1);
    expect(Math.abs(partingEpoch(training, validation.with(0, 1e20))! - found)).toBeLessThanOrEqual(1);
    expect(courseOf(flat(20), flat(20).fill(Number.NaN, 5))).toBeUndefined();
    expect(partingEpoch(falling(40), noisy(flat(40), 0.01, 1).with(25, 9))).toBeUndefined();
  });

  it('is that of overfitting()', () => {
    for (const seed of SEEDS) {
      const [loss, validation] = [falling(40), noisy(seed % 2 ? bowl(40) : flat(40), 0.05, seed)];
      const history = { loss, metrics: {}, validation: { loss: validation }, lr: [] } as unknown as History;
      expect(overfitting(history).partsAfter).toBe(partingEpoch(loss, validation));
    }
  });
});
