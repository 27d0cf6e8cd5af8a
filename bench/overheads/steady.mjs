// Megabytes of the process after every second or so of training W1, again and again with the same model.
import { array, fit, losses, nn, optim } from '../../dist/index.js';

const ROUNDS = Number(process.argv[2]);
const rows = 4096;
const x = array(Float32Array.from({ length: rows * 784 }, Math.random), { shape: [rows, 784] });
const y = array(Int32Array.from({ length: rows }, (_, row) => row % 10));
const model = nn.sequential([nn.dense(512, { activation: 'relu' }), nn.dense(256, { activation: 'relu' }), nn.dense(10)]);
const optimizer = optim.adam({ lr: 1e-3 });

const megabytes = [];
for (let round = 0; round < ROUNDS; round++) {
  await fit(model, { x, y }, { loss: losses.crossEntropy(), optimizer, batchSize: 128, epochs: 4 });
  globalThis.gc();
  megabytes.push(process.memoryUsage.rss() / 2 ** 20);
}
console.log(JSON.stringify({ megabytes }));
