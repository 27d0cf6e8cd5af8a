// synaptic: another task. It updates after every sample by plain gradient descent, has logistic outputs
// and starts at weights of its own.
import { readFileSync } from 'node:fs';
import synaptic from 'synaptic';
import { Batches, readWorkload, serve } from './serve.mjs';

const workload = readWorkload();
const { sizes, optimizer, rows } = workload;
const width = sizes[0];
const outputs = sizes.at(-1);
const { x, y } = new Batches(workload, false);
const samples = Array.from({ length: rows }, (_, row) => ({
  input: Array.from(x.subarray(row * width, (row + 1) * width)),
  target: Array.from(y.subarray(row * outputs, (row + 1) * outputs)),
}));

function make() {
  const network = new synaptic.Architect.Perceptron(...sizes);
  for (const layer of network.layers.hidden) layer.set({ squash: synaptic.Neuron.squash.TANH });
  return network;
}

function step(network, { input, target }) {
  const output = network.activate(input);
  network.propagate(optimizer.lr, target);
  return output;
}

const { version } = JSON.parse(readFileSync(new URL('./node_modules/synaptic/package.json', import.meta.url), 'utf8'));
const trained = make();
const shuffled = new Batches(workload, true);
await serve(`synaptic ${version}`, {
  unit: 'step',
  losses(steps) {
    const network = make();
    return Array.from({ length: steps }, (_, s) => {
      const sample = samples[s % rows];
      const output = step(network, sample);
      return sample.target.reduce((sum, t, i) => sum + (t - output[i]) ** 2, 0) / outputs;
    });
  },
  train(steps) {
    for (let i = 0; i < steps; i++) step(trained, samples[shuffled.rows()[0]]);
  },
});
