// What a peer in JavaScript has in common with the others: the workload's folder, and the questions.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = process.argv.at(-1);

/** Of bench/workloads, with the data and the initial layers: weight [inputs, outputs] and bias. */
export function readWorkload() {
  const workload = JSON.parse(readFileSync(join(folder, 'workload.json'), 'utf8'));
  // Shared memory may be read in place: the memory of the process is measured.
  const numbers = (name, Type) => {
    const file = openSync(join(folder, name));
    const bytes = new Uint8Array(new SharedArrayBuffer(fstatSync(file).size));
    for (let at = 0; at < bytes.length; ) at += readSync(file, bytes, { offset: at });
    closeSync(file);
    return new Type(bytes.buffer);
  };
  const y = numbers('y', workload.loss === 'mse' ? Float32Array : Int32Array);
  const all = numbers('weights', Float32Array);
  let at = 0;
  const take = (count) => {
    at += count;
    return all.subarray(at - count, at);
  };
  const layers = workload.sizes.slice(1).map((outputs, l) => {
    const inputs = workload.sizes[l];
    return { inputs, outputs, weight: take(inputs * outputs), bias: take(outputs) };
  });
  return { ...workload, x: numbers('x', Float32Array), y, layers };
}

/** The targets as numbers, [rows, outputs]: classes become one-hot rows. */
export function numericTargets({ y, sizes, loss }) {
  if (loss === 'mse') return y;
  const classes = sizes.at(-1);
  const targets = new Float32Array(y.length * classes);
  for (const [row, label] of y.entries()) targets[row * classes + label] = 1;
  return targets;
}

/** Walks batches without end, in order of the rows or in another order in every epoch. */
export class Batches {
  constructor(workload, shuffle) {
    this.width = workload.sizes[0];
    this.outputs = workload.sizes.at(-1);
    this.size = workload.batchSize;
    this.x = workload.x;
    this.y = numericTargets(workload);
    this.order = Int32Array.from({ length: workload.rows }, (_, row) => row);
    this.shuffle = shuffle;
    this.at = workload.rows;
  }

  /** The rows of the next batch, by their numbers. */
  rows() {
    if (this.at >= this.order.length) {
      if (this.shuffle) this.mix();
      this.at = 0;
    }
    const rows = this.order.subarray(this.at, this.at + this.size);
    this.at += this.size;
    return rows;
  }

  /** The next batch, copied: x [count, width] and y [count, outputs]. */
  next() {
    const rows = this.rows();
    const x = new Float32Array(rows.length * this.width);
    const y = new Float32Array(rows.length * this.outputs);
    for (const [i, row] of rows.entries()) {
      x.set(this.x.subarray(row * this.width, (row + 1) * this.width), i * this.width);
      y.set(this.y.subarray(row * this.outputs, (row + 1) * this.outputs), i * this.outputs);
    }
    return { x, y, count: rows.length };
  }

  mix() {
    const { order } = this;
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
  }
}

async function timeCalls(call, count) {
  const seconds = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    const result = call();
    if (result instanceof Promise) await result;
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds;
}

/**
 * Answers until the input ends. `unit`: what `train(n)` counts, epochs or steps. `losses(steps)` starts
 * at the initial weights; `predict(rows)` makes a call that predicts the first rows with them and gives
 * a typed array; `bits()` is a hash of the weights. All of them may be asynchronous.
 */
export async function serve(version, { unit = 'epoch', losses, train, predict, bits }) {
  // Made once: who serves keeps the model, and just-in-time compilers what they know of it.
  const calls = new Map();
  const callFor = async (count) => {
    if (!calls.has(count)) calls.set(count, await predict(count));
    return calls.get(count);
  };
  const answers = {
    losses: async (steps) => ({ losses: await losses(steps) }),
    async train(count) {
      const start = performance.now();
      await train(count);
      return { seconds: (performance.now() - start) / 1000, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
    },
    outputs: async (rows) => ({ outputs: [...(await (await callFor(rows))())] }),
    predict: async ([rows, count]) => ({ calls: await timeCalls(await callFor(rows), count) }),
    bits: async () => ({ bits: await bits() }),
  };
  console.log(JSON.stringify({ version, unit }));
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const [[question, detail]] = Object.entries(JSON.parse(line));
      console.log(JSON.stringify(await answers[question](detail)));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
}
