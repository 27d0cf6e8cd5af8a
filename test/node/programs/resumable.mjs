// node resumable.mjs folder: trains with checkpoints in that folder, from the last one if there is one,
// and prints the SHA-256 of the weights and the losses.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { array, callbacks, fit, losses, nn, optim, schedules } from 'slalom';

const rows = 1500;
const features = 64;
let state = 7;
const random = () => {
  state = (state * 1_664_525 + 1_013_904_223) >>> 0;
  return state / 2 ** 32 - 0.5;
};
const x = array(Float32Array.from({ length: rows * features }, random), { shape: [rows, features] });
const y = array(Int32Array.from({ length: rows }, (_, i) => i % 5));
const directory = process.argv[2];

const model = nn.sequential([nn.dense(128, { activation: 'relu' }), nn.dropout(0.2), nn.dense(5)]);
console.log('begun');
const { loss, validation, stopReason } = await fit(
  model,
  { x, y },
  {
    loss: losses.crossEntropy(),
    optimizer: optim.adamW({ lr: schedules.cosine({ lr: 3e-3, steps: 1200 }) }),
    validationSplit: 0.2,
    epochs: 30,
    batchSize: 32,
    seed: 11,
    resume: directory,
    callbacks: [
      callbacks.checkpoint({ directory, everySteps: 10, best: 2 }),
      callbacks.earlyStopping({ patience: 20, restoreBest: true }),
      // Every few steps, also in the middle of an epoch.
      { batchEnd: ({ step }, run) => step % 7 === 0 && run.checkpoint(join(directory, 'last.safetensors')) },
    ],
  },
);
const hash = createHash('sha256').update(JSON.stringify({ loss, validation, stopReason }));
for (const weights of Object.values(model.state())) hash.update(weights.data);
console.log(hash.digest('hex'));
