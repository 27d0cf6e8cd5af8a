import { createHash } from 'node:crypto';
import { array, configure, fit, losses, nn, optim, predict, predictSync } from '../../dist/index.js';
import { readWorkload, serve } from './serve.mjs';

const { sizes, activation, batchSize, rows, optimizer, loss, x: inputs, y: targets, layers } = readWorkload();
configure({ threads: Number(process.env.PEER_THREADS) });
const x = array(inputs, { shape: [rows, sizes[0]] });
const y = array(targets, { shape: loss === 'mse' ? [rows, sizes.at(-1)] : [rows] });

function make() {
  const model = nn.sequential(layers.map(({ outputs }, l) => nn.dense(outputs, l + 1 < layers.length ? { activation } : {})));
  const state = layers.flatMap(({ inputs: width, outputs, weight, bias }, l) => [
    [`layers.${l}.weight`, array(weight, { shape: [width, outputs] })],
    [`layers.${l}.bias`, array(bias, { shape: [outputs] })],
  ]);
  model.load(Object.fromEntries(state));
  const { rule, lr, momentum = 0 } = optimizer;
  const made = rule === 'adam' ? optim.adam({ lr }) : optim.sgd({ lr, momentum });
  return [model, { loss: loss === 'mse' ? losses.mse() : losses.crossEntropy(), optimizer: made, batchSize }];
}

const [trained, options] = make();
await serve('of this checkout', {
  async losses(steps) {
    const seen = [];
    const [model, fresh] = make();
    const onBatch = (event) => seen.push(event.loss);
    await fit(model, { x, y }, { ...fresh, epochs: Math.ceil((steps * batchSize) / rows), shuffle: false, onBatch });
    return seen.slice(0, steps);
  },
  train: (epochs) => fit(trained, { x, y }, { ...options, epochs }),
  predict(count) {
    const [untrained] = make();
    const part = array(inputs.subarray(0, count * sizes[0]), { shape: [count, sizes[0]] });
    if (process.env.PEER_PREDICT === 'async') return () => predict(untrained, part).then(({ data }) => data);
    return () => predictSync(untrained, part).data;
  },
  bits() {
    const hash = createHash('sha256');
    for (const { data } of Object.values(trained.state())) hash.update(data);
    return hash.digest('hex');
  },
});
