// A model, runs long enough to be interrupted, and a hash of all bits: shared by the programs of this folder.
import { createHash } from 'node:crypto';
import { array, fit, losses, nn, optim } from 'slalom';

export const makeModel = () => nn.sequential([nn.dense(64, { activation: 'relu' }), nn.dense(4)]);

export const model = makeModel();

/** Rows of features, and labels of 4 classes. */
export const makeData = (rows, features) => ({
  x: array(
    Float32Array.from({ length: rows * features }, (_, i) => Math.sin(i)),
    { shape: [rows, features] },
  ),
  y: array(Int32Array.from({ length: rows }, (_, i) => i % 4)),
});

export const data = makeData(512, 32);

export const start = (options = {}, trained = model, on = data) =>
  fit(trained, on, {
    loss: losses.crossEntropy(),
    optimizer: optim.adam({ lr: 1e-3 }),
    batchSize: 32,
    seed: 1,
    epochs: 1_000_000,
    ...options,
  });

/** Of the weights and of any further typed arrays. */
export function hashOf(trained, ...more) {
  const hash = createHash('sha256');
  for (const { data } of Object.values(trained.state())) hash.update(data);
  for (const numbers of more) hash.update(numbers);
  return hash.digest('hex');
}
