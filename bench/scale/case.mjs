// node case.mjs '{"sizes": […], "rows": …, "batchSize": …, "samples": …}': trains a network with Adam on
// numbers that need no learning, about so many samples, in whole epochs. Seconds, and the peak memory of
// this process beside what it was before the data.
import { array, configure, empty, fit, losses, nn, optim } from '../../dist/index.js';

const { sizes, rows, batchSize, samples } = JSON.parse(process.argv.at(-1));
configure({ threads: 1 });
const megabytes = () => process.resourceUsage().maxRSS / 1024;
const before = megabytes();
const x = empty([rows, sizes[0]]);
const { data } = x;
let state = 1;
for (let i = 0; i < data.length; i++) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  data[i] = state / 2 ** 32;
}
const y = array(Int32Array.from({ length: rows }, (_, row) => row % sizes.at(-1)));
const model = nn.sequential(sizes.slice(1).map((width, l) => nn.dense(width, l + 2 < sizes.length ? { activation: 'relu' } : {})));
// Small steps: the deepest networks must not run away while they are timed.
const options = { loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 1e-5 }), batchSize, shuffle: true };
const epochs = Math.max(1, Math.round(samples / rows));

const first = performance.now();
await fit(model, { x, y }, { ...options, epochs: 1 });
const cold = performance.now() - first;
const times = [];
for (let i = 0; i < (cold > 8000 ? 0 : 3); i++) {
  const start = performance.now();
  await fit(model, { x, y }, { ...options, epochs });
  times.push((performance.now() - start) / epochs);
}
// Where one epoch takes long, compiling does not show in it.
const seconds = (times.sort((a, b) => a - b)[1] ?? cold) / 1000;
console.log(JSON.stringify({ seconds, samplesPerSecond: rows / seconds, megabytes: megabytes() - before }));
