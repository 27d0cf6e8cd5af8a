// A worker that trains three epochs and posts their hash, or says so in the middle of something that does not end.
import { parentPort, workerData } from 'node:worker_threads';
import { compile, evaluate, losses, predict } from 'slalom';
import { hashOf, makeData, makeModel, model, start } from './model.mjs';

const say = () => parentPort.postMessage('running');
const sayAtEpoch3 = { onEpoch: ({ epoch }) => epoch === 3 && say() };
const again = async (task) => {
  for (let i = 0; ; i++) {
    await task();
    if (i === 3) say();
  }
};

const ways = {
  train: async () => {
    await start({ epochs: 3 });
    parentPort.postMessage(hashOf(model));
  },
  fit: () => start(sayAtEpoch3),
  'two fits': () => {
    start({}, makeModel());
    start(sayAtEpoch3);
  },
  'batch by batch': () => start({ onBatch: ({ step }) => step === 10 && say() }),
  evaluate: () => {
    const data = makeData(20_000, 32);
    return again(() => evaluate(model, data, { loss: losses.crossEntropy() }));
  },
  predict: () => {
    const { x } = makeData(20_000, 32);
    return again(() => predict(model, x));
  },
  compile: () => again(() => compile((a) => a.exp().sum())(makeData(100, 100).x)),
  exit: () => start({ onEpoch: () => process.exit(7) }),
};
await ways[workerData]();
