/** The two trainers of a workload behind one interface: same weights, same batches, same arithmetic. */

import { array, fit, losses, nn, optim } from '../src/index.js';
import { adamUpdate, JsMlp, momentumUpdate } from './js/mlp.js';
import { type Data, makeLayers, type Workload } from './workloads/workload.js';

export interface Contestant {
  readonly name: string;
  /** Losses of the first `steps` steps from the initial weights, in order of the rows. */
  losses(steps: number): Promise<number[]>;
  /** Trains `epochs` epochs on; what is timed. */
  train(epochs: number): Promise<void>;
}

const momentumOf = (optimizer: Workload['optimizer']): number => (optimizer.rule === 'momentum' ? optimizer.momentum : 0);

export function javascript(workload: Workload, data: Data): Contestant {
  const { optimizer, batchSize, rows, sizes } = workload;
  const features = sizes[0]!;
  const batches = Array.from({ length: Math.ceil(rows / batchSize) }, (_, b) => b * batchSize);
  const make = () =>
    new JsMlp(
      makeLayers(workload),
      batchSize,
      optimizer.rule === 'adam' ? adamUpdate(optimizer.lr) : momentumUpdate(optimizer.lr, momentumOf(optimizer)),
    );
  const step = (model: JsMlp, first: number) => {
    const count = Math.min(batchSize, rows - first);
    return model.step(data.x.subarray(first * features, (first + count) * features), data.y as Int32Array, first, count);
  };
  const trained = make();
  return {
    name: 'plain JavaScript',
    async losses(steps) {
      const model = make();
      return Array.from({ length: steps }, (_, s) => step(model, batches[s % batches.length]!));
    },
    async train(epochs) {
      for (let e = 0; e < epochs; e++) for (const first of batches) step(trained, first);
    },
  };
}

export function slalom(workload: Workload, data: Data): Contestant {
  const { optimizer, batchSize, rows, sizes, activation } = workload;
  const x = array(data.x, { shape: [rows, sizes[0]!] });
  const y = array(data.y, { shape: [rows] });
  const make = () => {
    const model = nn.sequential(sizes.slice(1).map((width, l) => nn.dense(width, l + 2 < sizes.length ? { activation } : {})));
    model.load(
      Object.fromEntries(
        makeLayers(workload).flatMap((layer, l) => [
          [`layers.${l}.weight`, array(layer.weight, { shape: [layer.inputs, layer.outputs] })],
          [`layers.${l}.bias`, array(layer.bias, { shape: [layer.outputs] })],
        ]),
      ),
    );
    const rule =
      optimizer.rule === 'adam' ? optim.adam({ lr: optimizer.lr }) : optim.sgd({ lr: optimizer.lr, momentum: momentumOf(optimizer) });
    return { model, options: { loss: losses.crossEntropy(), optimizer: rule, batchSize } };
  };
  const trained = make();
  return {
    name: 'slalom',
    async losses(steps) {
      const { model, options } = make();
      const seen: number[] = [];
      const batches = Math.ceil(rows / batchSize);
      await fit(
        model,
        { x, y },
        {
          ...options,
          epochs: Math.ceil(steps / batches),
          shuffle: false,
          onBatch: (event) => void seen.push(event.loss),
        },
      );
      return seen.slice(0, steps);
    },
    async train(epochs) {
      await fit(trained.model, { x, y }, { ...trained.options, epochs });
    },
  };
}
