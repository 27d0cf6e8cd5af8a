/** The network of the demo and how it is trained; bench/digits.ts repeats it over seeds. */

import { callbacks, fit, losses, metrics, nn, optim } from 'slalom';
import type { Digits } from './data.js';

export function makeModel() {
  return nn.sequential([
    nn.dropout(0.2),
    nn.dense(256, { activation: 'relu' }),
    nn.dropout(0.5),
    nn.dense(128, { activation: 'relu' }),
    nn.dropout(0.3),
    nn.dense(10),
  ]);
}

export function train(model: ReturnType<typeof makeModel>, data: { train: Digits; validation: Digits }, seed: number, shown: boolean) {
  return fit(model, data.train, {
    loss: losses.crossEntropy(),
    optimizer: optim.adam({ lr: 1e-3 }),
    metrics: [metrics.accuracy()],
    validation: data.validation,
    epochs: 60,
    batchSize: 64,
    seed,
    callbacks: [
      callbacks.earlyStopping({ monitor: 'validation.accuracy', mode: 'max', patience: 12, restoreBest: true }),
      ...(shown ? [callbacks.progress()] : []),
    ],
  });
}
