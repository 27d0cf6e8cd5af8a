/** A small problem that can be learned, for tests of how training runs. */

import { join } from 'node:path';
import { array, type Callback, type FitOptions, losses, type Module, nn, optim } from '../../src/index.js';
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

/** The same row by row. */
export const toyRows = ({ x, y }: ReturnType<typeof toyData>) =>
  Array.from(y.data, (label, i) => ({ x: x.slice(i, i + 1).data as Float32Array, y: label }));

export const toyModel = () => nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dense(CLASSES)]);

/** Three layers to train one after the other, and draws. */
export const deepModel = () =>
  nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dropout(0.2), nn.dense(6, { activation: 'tanh' }), nn.dense(3)]);

/** With draws. */
export const dropModel = () => nn.sequential([nn.dense(8, { activation: 'tanh' }), nn.dropout(0.3), nn.dense(CLASSES)]);

/** Batches of 16: of 100 rows seven steps an epoch, the last one smaller. */
export const sevenSteps = (more: Partial<FitOptions> = {}): FitOptions => ({
  loss: losses.crossEntropy(),
  optimizer: optim.adam({ lr: 0.01 }),
  batchSize: 16,
  seed: 2,
  ...more,
});

export const twoEpochs = (more: Partial<FitOptions> = {}): FitOptions => sevenSteps({ epochs: 2, ...more });

/** Saves every step, if there is a folder, and stops the run after one of them. */
export const savesUntil = (stop: number, directory: string | undefined): Callback => ({
  batchEnd({ step }, run) {
    if (directory) run.checkpoint(join(directory, 'last.safetensors'));
    if (step === stop) run.stop('aborted');
  },
});

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
