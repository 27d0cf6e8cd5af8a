// Milliseconds from `fit` to the end of the first step of W1, in a process that has trained nothing yet.
import { array, fit, losses, nn, optim } from '../../dist/index.js';

const rows = 8192;
const x = array(Float32Array.from({ length: rows * 784 }, Math.random), { shape: [rows, 784] });
const y = array(Int32Array.from({ length: rows }, (_, row) => row % 10));
const model = nn.sequential([nn.dense(512, { activation: 'relu' }), nn.dense(256, { activation: 'relu' }), nn.dense(10)]);

const start = performance.now();
let first;
const onBatch = () => {
  first ??= performance.now() - start;
};
await fit(model, { x, y }, { loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 1e-3 }), batchSize: 128, epochs: 1, onBatch });
console.log(JSON.stringify({ firstStep: first }));
