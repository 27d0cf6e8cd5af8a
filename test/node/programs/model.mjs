// A run long enough to be interrupted, shared by the programs of this folder.
import { array, fit, losses, nn, optim } from 'slalom';

export const model = nn.sequential([nn.dense(64, { activation: 'relu' }), nn.dense(4)]);

const rows = 512;
const x = Float32Array.from({ length: rows * 32 }, (_, i) => Math.sin(i));
const y = Int32Array.from({ length: rows }, (_, i) => i % 4);

export const start = (options = {}) =>
  fit(
    model,
    { x: array(x, { shape: [rows, 32] }), y: array(y, { shape: [rows] }) },
    { loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 1e-3 }), batchSize: 32, seed: 1, epochs: 1_000_000, ...options },
  );
