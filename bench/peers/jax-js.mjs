// jax-js on WebAssembly: one jitted step. It counts references: what is used again is passed as `.ref`.
import { readFileSync } from 'node:fs';
import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { Batches, readWorkload, serve } from './serve.mjs';

await init('wasm');
defaultDevice('wasm');
const workload = readWorkload();
const { sizes, activation, loss, optimizer, layers } = workload;

function forward(parameters, x) {
  let h = x;
  for (let l = 0; l < layers.length; l++) {
    h = np.matmul(h, parameters[2 * l]).add(parameters[2 * l + 1]);
    if (l + 1 < layers.length) h = activation === 'relu' ? nn.relu(h) : np.tanh(h);
  }
  return h;
}

function cost(parameters, x, y) {
  const out = forward(parameters, x);
  if (loss === 'mse') return np.mean(np.square(out.sub(y)));
  return nn.logSoftmax(out).mul(y).sum(-1).mean().neg();
}

/** Of one array: [new value, new slots]. `correct` has the two corrections of Adam's averages. */
const rules = {
  sgd: (p, g) => [p.sub(g.mul(optimizer.lr)), []],
  momentum(p, g, [v]) {
    const next = v.mul(optimizer.momentum).add(g);
    return [p.sub(next.ref.mul(optimizer.lr)), [next]];
  },
  adam(p, g, [m, v], correct) {
    const mean = m.mul(0.9).add(g.ref.mul(0.1));
    const square = v.mul(0.999).add(np.square(g).mul(0.001));
    const root = np.sqrt(square.ref.mul(correct.ref.slice(1))).add(1e-8);
    return [p.sub(mean.ref.mul(correct.slice(0)).div(root).mul(optimizer.lr)), [mean, square]];
  },
};
const slotCount = { sgd: 0, momentum: 1, adam: 2 }[optimizer.rule];

const update = jit((parameters, slots, correct, x, y) => {
  const kept = parameters.map((p) => p.ref);
  const [value, gradients] = valueAndGrad(cost)(parameters, x, y);
  const results = kept.map((p, i) => rules[optimizer.rule](p, gradients[i], slots[i], correct.ref));
  correct.dispose();
  return [value, results.map(([p]) => p), results.map(([, s]) => s)];
});

class Model {
  steps = 0;
  constructor() {
    this.parameters = layers.flatMap(({ inputs, outputs, weight, bias }) => [
      np.array(weight.slice()).reshape([inputs, outputs]),
      np.array(bias.slice()),
    ]);
    this.slots = this.parameters.map((p) => Array.from({ length: slotCount }, () => np.zeros(p.shape)));
  }
  step(batches) {
    const { x, y, count } = batches.next();
    this.steps++;
    const correct = np.array(new Float32Array([1 / (1 - 0.9 ** this.steps), 1 / (1 - 0.999 ** this.steps)]));
    const [value, parameters, slots] = update(
      this.parameters,
      this.slots,
      correct,
      np.array(x).reshape([count, sizes[0]]),
      np.array(y).reshape([count, sizes.at(-1)]),
    );
    this.parameters = parameters;
    this.slots = slots;
    return value;
  }
}

const { version } = JSON.parse(readFileSync(new URL('./node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8'));
const trained = new Model();
const shuffled = new Batches(workload, true);
await serve(`@jax-js/jax ${version}`, {
  unit: 'step',
  losses(steps) {
    const [model, batches] = [new Model(), new Batches(workload, false)];
    return Array.from({ length: steps }, () => model.step(batches).dataSync()[0]);
  },
  // It runs when something is read; several steps at once would wait in a list that it walks again and again.
  train(steps) {
    for (let i = 0; i < steps; i++) trained.step(shuffled).dataSync();
  },
  predict(count) {
    const { parameters } = new Model();
    const run = jit(forward);
    const x = workload.x.slice(0, count * sizes[0]);
    return () =>
      run(
        parameters.map((p) => p.ref),
        np.array(x.slice()).reshape([count, sizes[0]]),
      ).dataSync();
  },
});
