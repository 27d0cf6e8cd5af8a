import type { Workload } from './workload.js';

/** W1: a multilayer perceptron of the size people train on handwritten digits. */
export default {
  name: 'W1 MLP 784-512-256-10, batch 128, Adam',
  sizes: [784, 512, 256, 10],
  activation: 'relu',
  batchSize: 128,
  rows: 8192,
  loss: 'crossEntropy',
  optimizer: { rule: 'adam', lr: 1e-3 },
} satisfies Workload;
