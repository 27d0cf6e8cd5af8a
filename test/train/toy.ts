/** A small problem that can be learned, for tests of how training runs. */

import { array, type Module, nn } from '../../src/index.js';
import { generator } from '../support/generator.js';

export const FEATURES = 4;
export const CLASSES = 3;

/** Rows of noise around the centre of their class. */
export function toyData(rows: number, seed = 1) {
  const random = generator(seed);
  const y = Int32Array.from({ length: rows }, () => Math.floor(random() * CLASSES));
  const x = new Float32Array(rows * FEATURES);
  for (let i = 0; i < x.length; i++) x[i] = random() - 0.5 + (i % FEATURES === y[Math.floor(i / FEATURES)]! ? 1 : 0);
  return { x: array(x, { shape: [rows, FEATURES] }), y: array(y) };
}

export const toyModel = () => nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(CLASSES)]);

/** All weights in one list, for comparing to the bit. */
export function weights(model: Pick<Module, 'state'>): number[] {
  return Object.values(model.state()).flatMap(({ data }) => Array.from(data));
}

/** The error that a promise-like rejects with. */
export async function rejection(run: PromiseLike<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await run;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('expected a rejection');
}

/** A history without what differs from run to run: the time and the machine. */
export function timeless<H extends { readonly seconds: number; readonly environment: object }>(history: H) {
  const { seconds: _, environment: __, ...rest } = history;
  return rest;
}
