// node --expose-gc --max-semi-space-size=2 program.mjs COMPILES FITS: prints live native bytes before and after, and how
// much the process grew over the last 90 % of the work.
import { setImmediate as turn } from 'node:timers/promises';
import { array, compile, fit, grad, info, losses, nn, optim } from 'slalom';

const compiles = Number(process.argv[2]);
const fits = Number(process.argv[3]);

async function settle() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await turn();
  }
}

async function compileOnce(width) {
  const f = compile((x, w) => {
    const loss = x.matmul(w).tanh().square().mean();
    return { loss, dw: grad(loss, w) };
  });
  const rows = array(new Float32Array(4 * width).fill(0.5), { shape: [4, width] });
  const weights = array(new Float32Array(3 * width).fill(0.1), { shape: [width, 3] });
  await f(rows, weights);
  f.sync(rows, weights);
}

async function fitOnce(seed) {
  const model = nn.sequential([nn.dense(8, { activation: 'relu' }), nn.dense(3)]);
  const x = array(
    Float32Array.from({ length: 64 * 5 }, (_, i) => Math.sin(i)),
    { shape: [64, 5] },
  );
  const y = array(
    Int32Array.from({ length: 64 }, (_, i) => i % 3),
    { shape: [64] },
  );
  await fit(model, { x, y }, { loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 1e-3 }), epochs: 2, batchSize: 20, seed });
}

async function work(rounds, each) {
  for (let i = 0; i < rounds; i++) {
    await each(1 + (i % 7));
    if (i % 50 === 49) await settle();
  }
}

async function measure(rounds, each) {
  const warm = Math.ceil(rounds / 10);
  await work(warm, each);
  await settle();
  const rss = process.memoryUsage.rss();
  await work(rounds - warm, each);
  await settle();
  return process.memoryUsage.rss() / rss - 1;
}

await compileOnce(2);
await fitOnce(1);
await settle();
const before = info().liveBytes;
const compileGrowth = await measure(compiles, compileOnce);
const fitGrowth = await measure(fits, fitOnce);
await settle();
console.log(JSON.stringify({ before, after: info().liveBytes, compileGrowth, fitGrowth }));
