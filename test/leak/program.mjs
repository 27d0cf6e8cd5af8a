// node --expose-gc --max-semi-space-size=2 program.mjs COMPILES FITS FAILURES: prints live native bytes before and after,
// and how much the process grew over the last 90 % of each kind of work.
import { setImmediate as turn } from 'node:timers/promises';
import {
  array,
  checkData,
  checkGradients,
  compile,
  dataset,
  evaluate,
  fit,
  grad,
  info,
  losses,
  metrics,
  nn,
  optim,
  predict,
  predictSync,
} from 'slalom';

const [compiles, fits, failures] = process.argv.slice(2).map(Number);

const makeModel = () => nn.sequential([nn.dense(8, { activation: 'relu' }), nn.dense(3)]);
const x = Float32Array.from({ length: 64 * 5 }, (_, i) => Math.sin(i));
const y = Int32Array.from({ length: 64 }, (_, i) => i % 3);
const makeData = () => ({ x: array(x, { shape: [64, 5] }), y: array(y) });
const makeOptions = (seed) => ({ loss: losses.crossEntropy(), optimizer: optim.adam({ lr: 1e-3 }), epochs: 2, batchSize: 20, seed });

async function settle() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await turn();
  }
}

async function compileOnce(i) {
  const width = 1 + (i % 7);
  const f = compile((x, w) => {
    const loss = x.matmul(w).tanh().square().mean();
    return { loss, dw: grad(loss, w) };
  });
  const rows = array(new Float32Array(4 * width).fill(0.5), { shape: [4, width] });
  const weights = array(new Float32Array(3 * width).fill(0.1), { shape: [width, 3] });
  await f(rows, weights);
  f.sync(rows, weights);
}

async function fitOnce(i) {
  const model = makeModel();
  const data = makeData();
  await fit(model, data, makeOptions(i));
  if (i % 4 > 0) return;
  await fit(model, data, { ...makeOptions(i), validation: data, publish: 'epoch', metrics: [metrics.accuracy()], onBatch() {} });
  await evaluate(model, data, { metrics: [metrics.accuracy()] });
  await predict(model, data.x, { batchSize: 10 });
  predictSync(model, data.x);
  await streamOnce(i);
  await diagnose(model, data, makeOptions(i));
}

/** Batches of several lengths that come from a source, which the run leaves early. */
async function streamOnce(i) {
  const open = () => Array.from({ length: 30 }, (_, at) => ({ x: x.slice(at, at + 1 + ((at + i) % 9)), y: y[at] }));
  const batches = dataset(open).shuffle({ buffer: 8, seed: i }).paddedBatch(4, { length: 9 }).mixup({ alpha: 0.3, classes: 3 });
  await fit(makeModel(), batches, { loss: losses.crossEntropy(), optimizer: optim.sgd(), epochs: 2, prefetch: 2 });
  const rows = dataset(makeData()).balance();
  await fit(makeModel(), rows, { ...makeOptions(i), callbacks: [{ batchEnd: (_, run) => run.stop('enough') }] });
  await predict(makeModel(), rows);
}

async function diagnose(model, data, { loss, optimizer }) {
  await checkData(data, { validation: makeData() });
  await checkData(dataset(makeData()).take(40), { validation: dataset(() => dataset(makeData()).shuffle()), rows: 20 });
  await checkGradients(model, data, { loss });
  await model.profile(data, { loss, optimizer, repeats: 2 });
}

const mistakes = [
  (model, data, options) => fit(model, { x: data.x, y: new Int32Array(64).fill(9) }, options),
  (model, data, options) => fit(model, { x: new Float32Array(64), y: data.y }, options),
  (model, data, options) => fit(model, data, { ...options, validation: { x: [[1, 2]], y: [0] }, publish: 'epoch' }),
  (model, data, options) => fit(model, data, { ...options, optimizer: optim.sgd({ lr: 1e38 }) }),
  (model, data, options) => fit(model, data, { ...options, onEpoch: () => Promise.reject(new Error('mine')) }),
  (model, data, options) => fit(model, data, { ...options, loss: (prediction) => prediction }),
  (model, data, options) => Promise.all([fit(model, data, options), fit(model, data, options)]),
  (model, data, options) => fit(model, data, { ...options, signal: AbortSignal.abort() }).then(() => Promise.reject()),
  (model, _, options) =>
    fit(
      model,
      () => [
        { x: [1, 2], y: 0 },
        { x: [1], y: 0 },
      ],
      options,
    ),
  (model, data) => predict(model, data.x).then(() => predict(model, [[Number.NaN]])),
  () => compile((a) => a.matmul(a))(array(x, { shape: [64, 5] })),
];

async function failOnce(i) {
  const failed = await mistakes[i % mistakes.length](makeModel(), makeData(), makeOptions(i)).then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error(`mistake ${i % mistakes.length} went through`);
}

async function work(begin, end, each) {
  for (let i = begin; i < end; i++) {
    await each(i);
    if (i % 50 === 49) await settle();
  }
}

async function growth(rounds, each) {
  const warm = Math.ceil(rounds / 10);
  await work(0, warm, each);
  await settle();
  const rss = process.memoryUsage.rss();
  await work(warm, rounds, each);
  await settle();
  return process.memoryUsage.rss() / rss - 1;
}

await compileOnce(0);
await fitOnce(0);
for (let i = 0; i < mistakes.length; i++) await failOnce(i);
await settle();
const before = info().liveBytes;
const grown = {
  compiles: await growth(compiles, compileOnce),
  fits: await growth(fits, fitOnce),
  failures: await growth(failures, failOnce),
};
await settle();
console.log(JSON.stringify({ before, after: info().liveBytes, grown }));
