// TensorFlow.js: variables and an optimizer, which is its fastest loop; the backend is PEER_BACKEND.

import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { Batches, readWorkload, serve } from './serve.mjs';

const backend = process.env.PEER_BACKEND;
setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
// It falls back to another backend without a word.
if (!(await tf.setBackend(backend)) || tf.getBackend() !== backend) throw new Error(`the backend ${backend} does not start`);

const workload = readWorkload();
const { sizes, activation, loss, optimizer, layers } = workload;

function forward(parameters, x) {
  let h = x;
  for (let l = 0; l < layers.length; l++) {
    h = h.matMul(parameters[2 * l]).add(parameters[2 * l + 1]);
    if (l + 1 < layers.length) h = activation === 'relu' ? h.relu() : h.tanh();
  }
  return h;
}

function make() {
  const parameters = layers.flatMap(({ inputs, outputs, weight, bias }) => [
    tf.variable(tf.tensor(weight, [inputs, outputs])),
    tf.variable(tf.tensor(bias, [outputs])),
  ]);
  const { rule, lr, momentum } = optimizer;
  const rules = {
    adam: () => tf.train.adam(lr, 0.9, 0.999, 1e-8),
    momentum: () => tf.train.momentum(lr, momentum),
    sgd: () => tf.train.sgd(lr),
  };
  return { parameters, rule: rules[rule]() };
}

/** Gives the loss only when asked to: reading it is a copy. */
function step({ parameters, rule }, batches, read) {
  const { x, y, count } = batches.next();
  return tf.tidy(() => {
    const inputs = tf.tensor2d(x, [count, sizes[0]]);
    const targets = tf.tensor2d(y, [count, sizes.at(-1)]);
    const cost = rule.minimize(
      () => {
        const out = forward(parameters, inputs);
        return loss === 'mse' ? tf.losses.meanSquaredError(targets, out) : tf.losses.softmaxCrossEntropy(targets, out);
      },
      read,
      parameters,
    );
    return cost?.dataSync()[0];
  });
}

const trained = make();
const shuffled = new Batches(workload, true);
await serve(`@tensorflow/tfjs ${tf.version.tfjs}`, {
  unit: 'step',
  losses(steps) {
    const [model, batches] = [make(), new Batches(workload, false)];
    return Array.from({ length: steps }, () => step(model, batches, true));
  },
  train(steps) {
    for (let i = 0; i < steps; i++) step(trained, shuffled, false);
  },
  predict(count) {
    const { parameters } = make();
    const x = workload.x.slice(0, count * sizes[0]);
    return () => tf.tidy(() => forward(parameters, tf.tensor2d(x, [count, sizes[0]])).dataSync());
  },
});
