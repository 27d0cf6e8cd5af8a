import type { Workload } from './workload.js';

/** W2: a network of 131 numbers, where the cost of a step is everything around the arithmetic. */
export default {
  name: 'W2 MLP 4-16-3, batch 16, momentum',
  sizes: [4, 16, 3],
  activation: 'tanh',
  batchSize: 16,
  rows: 160,
  loss: 'crossEntropy',
  optimizer: { rule: 'momentum', lr: 0.05, momentum: 0.9 },
} satisfies Workload;
