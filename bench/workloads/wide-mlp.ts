import type { Workload } from './workload.js';

/** W6: wide enough that nearly all time goes into matrix products. */
export default {
  name: 'W6 MLP 1024-2048-2048-1024, batch 256, SGD',
  sizes: [1024, 2048, 2048, 1024],
  activation: 'relu',
  batchSize: 256,
  rows: 2048,
  loss: 'mse',
  optimizer: { rule: 'sgd', lr: 0.01 },
} satisfies Workload;
