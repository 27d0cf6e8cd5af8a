// brain.js: another task. It updates after every sample, minimizes squares on one-hot rows through tanh
// in every layer, and starts at weights of its own.
import { readFileSync } from 'node:fs';
import brain from 'brain.js';
import { Batches, readWorkload, serve } from './serve.mjs';

const workload = readWorkload();
const { sizes, activation, optimizer, rows } = workload;
const width = sizes[0];
const outputs = sizes.at(-1);
const { x, y } = new Batches(workload, false);
const samples = Array.from({ length: rows }, (_, row) => ({
  input: x.slice(row * width, (row + 1) * width),
  output: y.slice(row * outputs, (row + 1) * outputs),
}));

function make() {
  const { lr, momentum } = optimizer;
  const net = new brain.NeuralNetwork({ activation, hiddenLayers: sizes.slice(1, -1) });
  // Momentum 0 and an errorThresh of 0 it refuses.
  net.updateTrainingOptions({ learningRate: lr, momentum, errorThresh: 1e-9, iterations: 1 });
  net.sizes = [...sizes];
  net.initialize();
  return net;
}

const { version } = JSON.parse(readFileSync(new URL('./node_modules/brain.js/package.json', import.meta.url), 'utf8'));
const trained = make();
const shuffled = new Batches(workload, true);
await serve(`brain.js ${version}`, {
  unit: 'step',
  losses(steps) {
    const net = make();
    return Array.from({ length: steps }, (_, s) => net.trainPattern(samples[s % rows], true));
  },
  train(steps) {
    for (let i = 0; i < steps; i++) trained.trainPattern(samples[shuffled.rows()[0]], false);
  },
});
