// What a peer in JavaScript has in common with the others: the workload's folder, and the questions.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = process.argv.at(-1);

/** Of bench/workloads, with the data and the initial layers: weight [inputs, outputs] and bias. */
export function readWorkload() {
  const workload = JSON.parse(readFileSync(join(folder, 'workload.json'), 'utf8'));
  const bytes = (name) => {
    const file = readFileSync(join(folder, name));
    return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
  };
  const y = workload.loss === 'mse' ? new Float32Array(bytes('y')) : new Int32Array(bytes('y'));
  const all = new Float32Array(bytes('weights'));
  let at = 0;
  const take = (count) => {
    at += count;
    return all.slice(at - count, at);
  };
  const layers = workload.sizes.slice(1).map((outputs, l) => {
    const inputs = workload.sizes[l];
    return { inputs, outputs, weight: take(inputs * outputs), bias: take(outputs) };
  });
  return { ...workload, x: new Float32Array(bytes('x')), y, layers };
}

/** Answers until the input ends. `losses(steps)` and `train(epochs)` may be asynchronous. */
export async function serve(version, { losses, train }) {
  console.log(JSON.stringify({ version }));
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    try {
      if (request.losses !== undefined) {
        console.log(JSON.stringify({ losses: await losses(request.losses) }));
      } else {
        const start = performance.now();
        await train(request.train);
        console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000 }));
      }
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
}
