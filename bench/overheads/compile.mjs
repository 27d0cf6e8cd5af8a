// node compile.mjs GRAPH NODES: milliseconds that the first call of a compiled function takes over its
// second, which is tracing and compiling. Layers are product, bias and tanh; a chain is pointwise ops; of
// layers with the gradient of their input the nodes of the gradient come on top.
import { array, compile, grad } from '../../dist/index.js';

const x = array(
  Float32Array.from({ length: 16 }, (_, i) => i / 16),
  { shape: [4, 4] },
);
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

const [graph, nodes] = process.argv.slice(2);
measure(graphs[graph], 300);
console.log(JSON.stringify({ compile: measure(graphs[graph], Number(nodes)) }));
