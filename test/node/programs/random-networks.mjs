// Trains as many random networks as it is told and prints a line for each: what it is, and the hash of its weights,
// losses and predictions: node random-networks.mjs [count]
import { array, fit, losses, nn, optim, predict } from 'slalom';
import { hashOf } from './model.mjs';

const WIDTHS = [1, 2, 3, 7, 8, 10, 15, 16, 17, 31, 32, 50, 64, 65, 100, 128, 200, 256, 257, 300, 512, 784, 1024, 1100];
const BATCHES = [1, 2, 3, 4, 7, 8, 10, 12, 15, 16, 17, 24, 31, 32, 48, 64, 65, 100, 128, 256, 300, 700];
const ACTIVATIONS = [undefined, 'relu', 'tanh', 'sigmoid', 'gelu', 'silu', 'leakyRelu'];
const RULES = {
  sgd: () => optim.sgd({ lr: 0.01 }),
  momentum: () => optim.sgd({ lr: 0.01, momentum: 0.9 }),
  nesterov: () => optim.sgd({ lr: 0.01, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  adam: () => optim.adam({ lr: 0.01 }),
  amsgrad: () => optim.adam({ lr: 0.01, amsgrad: true }),
  adamW: () => optim.adamW({ lr: 0.01 }),
  rmsprop: () => optim.rmsprop({ lr: 0.01 }),
};
const MOST_WORK = 2e9; // multiplications of an epoch, about

let state = 1;
function random() {
  state = (state * 1664525 + 1013904223) >>> 0;
  return state / 2 ** 32;
}
const pick = (of) => of[Math.floor(random() * of.length)];
const numbers = (...shape) =>
  array(
    Float32Array.from({ length: shape[0] * shape[1] }, () => random() * 2 - 1),
    { shape },
  );
const labels = (rows, classes) => array(Int32Array.from({ length: rows }, () => Math.floor(random() * classes)));

function randomNetwork() {
  const widths = Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(WIDTHS));
  const batchSize = pick(BATCHES);
  const rows = batchSize + Math.floor(random() * batchSize);
  const weights = widths.slice(1).reduce((sum, width, i) => sum + width * widths[i], 0);
  if (3 * weights * rows > MOST_WORK) return randomNetwork();
  const loss = pick(widths.at(-1) > 1 ? ['crossEntropy', 'mse', 'mae', 'huber'] : ['mse', 'mae', 'huber']);
  const options = { activation: pick(ACTIVATIONS), useBias: random() < 0.85, rule: pick(Object.keys(RULES)), loss };
  return { widths, batchSize, rows, ...options, clipNorm: random() < 0.2 ? 0.5 : undefined };
}

async function train({ widths, batchSize, rows, activation, useBias, rule, loss, clipNorm }, seed) {
  const x = numbers(rows, widths[0]);
  const y = loss === 'crossEntropy' ? labels(rows, widths.at(-1)) : numbers(rows, widths.at(-1));
  const layers = widths.slice(1).map((width, i) => nn.dense(width, { useBias, ...(i + 2 < widths.length && { activation }) }));
  const model = nn.sequential(layers);
  const options = { batchSize, epochs: 2, seed, checkData: false, ...(clipNorm && { clipNorm }) };
  const history = await fit(model, { x, y }, { loss: losses[loss](), optimizer: RULES[rule](), ...options });
  const predictions = await predict(model, x);
  return hashOf(model, Float64Array.from(history.loss), predictions.data);
}

for (let i = 0; i < Number(process.argv[2]); i++) {
  const network = randomNetwork();
  console.log(JSON.stringify(network), await train(network, i));
}
