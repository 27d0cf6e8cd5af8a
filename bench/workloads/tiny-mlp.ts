import type { Workload } from './workload.js';

/** W2: a network of 131 numbers, where the cost of a step is everything around the arithmetic. */
export const tinyMlp: Workload = {
  name: 'W2 MLP 4-16-3, batch 16, momentum',
  sizes: [4, 16, 3],
  activation: 'tanh',
  batchSize: 16,
  rows: 160,
  optimizer: { rule: 'momentum', lr: 0.05, momentum: 0.9 },
  epochs: 2000,
};
