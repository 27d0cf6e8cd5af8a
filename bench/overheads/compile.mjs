// Milliseconds that the first call of a compiled function takes over its second: tracing and compiling
// a graph of so many nodes. Of layers (product, bias, tanh), of a chain of pointwise ops, and of layers with
// the gradient of their input, whose nodes come on top.
import { array, compile, grad } from '../../dist/index.js';

const x = array(Float32Array.from({ length: 16 }, (_, i) => i / 16), { shape: [4, 4] });
const layers = (count) => (h, w) => {
  let value = h;
  for (let i = 0; i < count; i += 3) value = value.matmul(w).add(w).tanh();
  return value;
};
const chain = (count) => (h, w) => {
  let value = h;
  for (let i = 0; i < count; i += 2) value = value.mul(w).add(h);
  return value;
};
const graphs = {
  layers,
  chain,
  'layers and gradient': (count) => (h, w) => grad(layers(count)(h, w).sum(), h),
};

function milliseconds(call) {
  const start = performance.now();
  call();
  return performance.now() - start;
}

function measure(make, count) {
  const compiled = compile(make(count));
  const first = milliseconds(() => compiled.sync(x, x));
  return first - milliseconds(() => compiled.sync(x, x));
}

for (const make of Object.values(graphs)) measure(make, 300);
const results = Object.entries(graphs).map(([graph, make]) => ({
  graph,
  milliseconds: Object.fromEntries([1000, 10_000, 100_000].map((count) => [count, measure(make, count)])),
}));
console.log(JSON.stringify({ results }));
