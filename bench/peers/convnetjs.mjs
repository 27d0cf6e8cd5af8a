// ConvNetJS, float64: its network and its trainer. It has no Adam, so that rule is written here over the
// arrays that its own trainer gets.
import { readFileSync } from 'node:fs';
import convnetjs from 'convnetjs';
import { Batches, readWorkload, serve } from './serve.mjs';

const workload = readWorkload();
const { sizes, activation, loss, optimizer, batchSize, layers, rows, x } = workload;
const width = sizes[0];
const outputs = sizes.at(-1);
/** Its regression has half the sum of squares for the mean of them. */
const scale = loss === 'mse' ? 2 / outputs : 1;

const samples = Array.from({ length: rows }, (_, row) => {
  const sample = new convnetjs.Vol(1, 1, width, 0);
  sample.w.set(x.subarray(row * width, (row + 1) * width));
  return sample;
});
const targets =
  loss === 'mse'
    ? Array.from({ length: rows }, (_, row) => Float64Array.from(workload.y.subarray(row * outputs, (row + 1) * outputs)))
    : workload.y;

function makeNet() {
  const net = new convnetjs.Net();
  const hidden = sizes.slice(1, -1).map((count) => ({ type: 'fc', num_neurons: count, activation }));
  const last = loss === 'mse' ? { type: 'regression', num_neurons: outputs } : { type: 'softmax', num_classes: outputs };
  net.makeLayers([{ type: 'input', out_sx: 1, out_sy: 1, out_depth: width }, ...hidden, last]);
  const full = net.layers.filter(({ layer_type: type }) => type === 'fc');
  for (const [l, { inputs, weight, bias }] of layers.entries()) {
    full[l].biases.w.set(bias);
    for (const [unit, { w }] of full[l].filters.entries()) {
      for (let i = 0; i < inputs; i++) w[i] = weight[i * bias.length + unit];
    }
  }
  return net;
}

/** What its Trainer does for one sample, with Adam at the end of a batch. */
class AdamTrainer {
  seen = 0;
  constructor(net) {
    this.net = net;
    this.slots = net.getParamsAndGrads().map(({ params }) => [new Float64Array(params.length), new Float64Array(params.length)]);
  }
  train(sample, target) {
    this.net.forward(sample, true);
    const cost = this.net.backward(target);
    if (++this.seen % batchSize === 0) this.update(this.seen / batchSize);
    return { loss: cost };
  }
  update(step) {
    const [c1, c2] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    for (const [i, { params, grads }] of this.net.getParamsAndGrads().entries()) {
      const [m, v] = this.slots[i];
      for (let j = 0; j < params.length; j++) {
        const g = grads[j] / batchSize;
        m[j] = 0.9 * m[j] + 0.1 * g;
        v[j] = 0.999 * v[j] + 0.001 * g * g;
        params[j] -= ((optimizer.lr / c1) * m[j]) / (Math.sqrt(v[j] / c2) + 1e-8);
        grads[j] = 0;
      }
    }
  }
}

function make() {
  const net = makeNet();
  if (optimizer.rule === 'adam') return new AdamTrainer(net);
  const { lr, momentum = 0 } = optimizer;
  return new convnetjs.Trainer(net, { method: 'sgd', learning_rate: lr * scale, momentum, batch_size: batchSize, l2_decay: 0 });
}

function step(trainer, batches) {
  const batch = batches.rows();
  let total = 0;
  for (const row of batch) total += trainer.train(samples[row], targets[row]).loss;
  // Its regression reports four times what it descends.
  return ((loss === 'mse' ? scale / 4 : 1) * total) / batch.length;
}

const { version } = JSON.parse(readFileSync(new URL('./node_modules/convnetjs/package.json', import.meta.url), 'utf8'));
const trained = make();
const shuffled = new Batches(workload, true);
await serve(`convnetjs ${version}`, {
  unit: 'step',
  losses(steps) {
    const [trainer, batches] = [make(), new Batches(workload, false)];
    return Array.from({ length: steps }, () => step(trainer, batches));
  },
  train(steps) {
    for (let i = 0; i < steps; i++) step(trained, shuffled);
  },
  predict(count) {
    const net = makeNet();
    const logits = net.layers.findLast(({ layer_type: type }) => type === 'fc');
    return () => {
      const result = new Float64Array(count * outputs);
      for (let row = 0; row < count; row++) {
        net.forward(samples[row]);
        result.set(logits.out_act.w, row * outputs);
      }
      return result;
    };
  },
});
