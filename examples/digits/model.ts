/** The network of the demo and how it is trained; bench/digits.ts repeats it over seeds. */

import { callbacks, fit, losses, metrics, nn, optim, schedules } from 'slalom';
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

const EPOCHS = 40;
const BATCH = 64;

/** Up to a high rate and down to almost none; the weights of the epoch that reads the validation digits best. */
export function train(model: ReturnType<typeof makeModel>, data: { train: Digits; validation: Digits }, seed: number, shown: boolean) {
  const steps = EPOCHS * Math.ceil(data.train.x.shape[0]! / BATCH);
  return fit(model, data.train, {
    loss: losses.crossEntropy(),
    optimizer: optim.adam({ lr: schedules.oneCycle({ max: 3e-3, steps }) }),
    metrics: [metrics.accuracy()],
    validation: data.validation,
    epochs: EPOCHS,
    batchSize: BATCH,
    seed,
    callbacks: [
      callbacks.earlyStopping({ monitor: 'validation.accuracy', mode: 'max', patience: 12, restoreBest: true }),
      ...(shown ? [callbacks.progress()] : []),
    ],
  });
}
