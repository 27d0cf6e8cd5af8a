/** Seeded inputs that stay inside an op's domain and away from its kinks. */

import type { DType, TypedArray } from '../../src/native/binding.js';
import { generator } from '../support/generator.js';

/** Where values may lie. `apart`: all differ by at least 0.01 (for sorting, maxima). */
export type Domain =
  | 'real' // -3 … 3, at least 0.05 from 0
  | 'small' // -1 … 1
  | 'positive' // 0.1 … 4
  | 'aboveMinusOne' // -0.9 … 3
  | 'apart'
  | 'offGrid' // never within 0.1 of a whole or half number: floor, round
  | 'bool'
  | 'whole' // -5 … 5
  | { index: number }; // 0 … index - 1

export function sample(domain: Domain, count: number, seed: number): number[] {
  const random = generator(seed);
  const between = (low: number, high: number) => low + (high - low) * random();
  if (typeof domain === 'object') return Array.from({ length: count }, () => Math.floor(random() * domain.index));
  switch (domain) {
    case 'real':
      return Array.from({ length: count }, () => (random() < 0.5 ? -1 : 1) * between(0.05, 3));
    case 'small':
      return Array.from({ length: count }, () => (random() < 0.5 ? -1 : 1) * between(0.02, 1));
    case 'positive':
      return Array.from({ length: count }, () => between(0.1, 4));
    case 'aboveMinusOne':
      return Array.from({ length: count }, () => between(-0.9, 3));
    case 'offGrid':
      return Array.from({ length: count }, () => Math.floor(between(-4, 4)) + (random() < 0.5 ? 0 : 0.5) + between(0.1, 0.4));
    case 'bool':
      return Array.from({ length: count }, () => (random() < 0.5 ? 0 : 1));
    case 'whole':
      return Array.from({ length: count }, () => Math.floor(between(-5, 6)));
    case 'apart': {
      const order = Array.from({ length: count }, (_, i) => i);
      for (let i = count - 1; i > 0; i--) {
        const j = Math.floor(random() * (i + 1));
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order.map((rank) => (rank - count / 2) * 0.05 + between(0, 0.03));
    }
  }
}

const constructors = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array, u8: Uint8Array } as const;

export function typed(values: readonly number[], dtype: DType): TypedArray {
  return constructors[dtype].from(values);
}
