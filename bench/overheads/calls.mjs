// node calls.mjs: microseconds of calls from the JavaScript thread, medians of 25 rounds: a compiled function that has
// next to nothing to do; predictSync of one row through W2's network, 4-16-3, with an array that is there, and with
// nested numbers as they come.
import { array, compile, nn, predictSync } from '../../dist/index.js';

const CALLS = 4000;
const model = nn.sequential([nn.dense(16, { activation: 'tanh' }), nn.dense(3)]);
const row = [0.1, -0.2, 0.3, 0.4];
const sum = compile((x) => x.sum());

function median(call) {
  const rounds = Array.from({ length: 35 }, () => {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) call();
    return ((performance.now() - start) * 1e3) / CALLS;
  });
  return rounds.slice(10).sort((a, b) => a - b)[12]; // the first ones still compile
}

const x = array([row]);
const compiled = median(() => sum.sync(x).item());
const there = median(() => predictSync(model, x));
const nested = median(() => predictSync(model, [[...row]]));
console.log(JSON.stringify({ compiled, there, nested }));
