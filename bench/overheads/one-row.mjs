// node one-row.mjs: microseconds of predictSync of one row through W2's network, 4-16-3, the median of 25 rounds: with
// an array that is there, and with nested numbers as they come.
import { array, nn, predictSync } from '../../dist/index.js';

const CALLS = 4000;
const model = nn.sequential([nn.dense(16, { activation: 'tanh' }), nn.dense(3)]);
const row = [0.1, -0.2, 0.3, 0.4];

function median(predict) {
  const rounds = Array.from({ length: 35 }, () => {
    const start = performance.now();
    for (let call = 0; call < CALLS; call++) predict();
    return ((performance.now() - start) * 1e3) / CALLS;
  });
  return rounds.slice(10).sort((a, b) => a - b)[12]; // the first ones still compile
}

const x = array([row]);
const there = median(() => predictSync(model, x));
const nested = median(() => predictSync(model, [[...row]]));
console.log(JSON.stringify({ there, nested }));
