/** The two trainers of a workload behind one interface: same weights, same batches, same arithmetic. */

import { array, fit, losses, type MatmulPrecision, nn, optim } from '../src/index.js';
import { adamUpdate, JsMlp, momentumUpdate } from './js/mlp.js';
import { type Data, flopsPerSample, makeLayers, type Workload } from './workloads/workload.js';

export interface Contestant {
  readonly name: string;
  /** That one call of `train` trains on. */
  readonly samples: number;
  /** Losses of the first `steps` steps from the initial weights, in order of the rows. */
  losses(steps: number): Promise<number[]>;
  /** Trains on; what is timed. */
  train(): Promise<void>;
}

const momentumOf = (optimizer: Workload['optimizer']): number => (optimizer.rule === 'momentum' ? optimizer.momentum : 0);

/** One call trains as many steps as fit into `flops` operations, one at least. */
export function javascript(workload: Workload, data: Data, flops: number): Contestant {
  const { optimizer, batchSize, rows, sizes } = workload;
  const features = sizes[0]!;
  const width = workload.loss === 'mse' ? sizes.at(-1)! : 1;
  const batches = Array.from({ length: Math.ceil(rows / batchSize) }, (_, b) => b * batchSize);
  const make = () =>
    new JsMlp(
      makeLayers(workload),
      batchSize,
      optimizer.rule === 'adam' ? adamUpdate(optimizer.lr) : momentumUpdate(optimizer.lr, momentumOf(optimizer)),
    );
  const step = (model: JsMlp, index: number) => {
    const first = batches[index % batches.length]!;
    const end = Math.min(first + batchSize, rows);
    return model.step(data.x.subarray(first * features, end * features), data.y.subarray(first * width, end * width), end - first);
  };
  const trained = make();
  const steps = Math.max(1, Math.min(batches.length * 20, Math.floor(flops / (flopsPerSample(workload) * batchSize))));
  let at = 0;
  return {
    name: 'plain JavaScript',
    samples: steps * batchSize,
    async losses(count) {
      const model = make();
      return Array.from({ length: count }, (_, s) => step(model, s));
    },
    async train() {
      for (let s = 0; s < steps; s++) step(trained, at++);
    },
  };
}

/** One call trains whole epochs, as many as make starting it not count. */
export function slalom(workload: Workload, data: Data, precision: MatmulPrecision = 'highest'): Contestant {
  const { optimizer, batchSize, rows, sizes, activation, loss } = workload;
  const x = array(data.x, { shape: [rows, sizes[0]!] });
  const y = array(data.y, { shape: loss === 'mse' ? [rows, sizes.at(-1)!] : [rows] });
  const make = () => {
    const model = nn.sequential(
      sizes.slice(1).map((width, l) => nn.dense(width, l + 2 < sizes.length ? { activation, precision } : { precision })),
    );
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
    return { model, options: { loss: loss === 'mse' ? losses.mse() : losses.crossEntropy(), optimizer: rule, batchSize } };
  };
  const trained = make();
  // A quarter of a second at 120 GFLOP/s; of small networks 100,000 steps.
  const epochs = Math.max(1, Math.min(Math.ceil((1e5 * batchSize) / rows), Math.round(3e10 / (flopsPerSample(workload) * rows))));
  return {
    name: 'slalom',
    samples: epochs * rows,
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
    async train() {
      await fit(trained.model, { x, y }, { ...trained.options, epochs });
    },
  };
}
