// Leaves with code 7 in the middle of something: node exit.mjs WAY
import { Worker } from 'node:worker_threads';
import { evaluate, losses, nn, predict } from 'slalom';
import { makeData, makeModel, model, start } from './model.mjs';

const leave = () => process.exit(7);
const atEpoch3 = { onEpoch: ({ epoch }) => epoch === 3 && leave() };
const deep = () => nn.sequential(Array.from({ length: 20 }, () => nn.dense(8, { activation: 'tanh' })));
const much = () => makeData(50_000, 32);

const ways = {
  handler: () => start(atEpoch3),
  'batch handler': () => start({ onBatch: ({ step }) => step === 5 && leave() }),
  timer: () => {
    start();
    setTimeout(leave, 100);
  },
  'next turn': () => {
    start();
    setImmediate(leave);
  },
  compiling: () => {
    start({}, deep());
    setImmediate(leave);
  },
  'same turn': () => {
    start();
    leave();
  },
  'two runs': () => {
    start({}, makeModel());
    start(atEpoch3);
  },
  'after abort': () => {
    start().abort();
    setImmediate(leave);
  },
  prediction: () => {
    model.build([32]);
    predict(model, much().x);
    setImmediate(leave);
  },
  evaluation: () => {
    evaluate(model, much(), { loss: losses.crossEntropy() });
    setImmediate(leave);
  },
  'exit handler': () => {
    process.on('exit', () => start());
    start(atEpoch3);
  },
  'worker runs': () => new Worker(new URL('./worker-run.mjs', import.meta.url), { workerData: 'fit' }).once('message', leave),
};
ways[process.argv[2]]();
