// node steady.mjs one|many ROUNDS: megabytes of the process while W1 trains, after every four epochs; of one run,
// or of a run for each round with the same model.
import { array, fit, losses, nn, optim } from '../../dist/index.js';

const [mode, rounds] = process.argv.slice(2);
const EPOCHS = 4;
const rows = 4096;
const x = array(Float32Array.from({ length: rows * 784 }, Math.random), { shape: [rows, 784] });
const y = array(Int32Array.from({ length: rows }, (_, row) => row % 10));
const model = nn.sequential([nn.dense(512, { activation: 'relu' }), nn.dense(256, { activation: 'relu' }), nn.dense(10)]);
const options = { loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 1e-3 }), batchSize: 128 };

const megabytes = [];
function sample() {
  globalThis.gc();
  megabytes.push(process.memoryUsage.rss() / 2 ** 20);
}
if (mode === 'one') {
  let epochs = 0;
  await fit(model, { x, y }, { ...options, epochs: EPOCHS * rounds, onEpoch: () => void (++epochs % EPOCHS === 0 && sample()) });
} else {
  for (let round = 0; round < rounds; round++) {
    await fit(model, { x, y }, { ...options, epochs: EPOCHS });
    sample();
  }
}
console.log(JSON.stringify({ megabytes }));
