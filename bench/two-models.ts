/**
 * Two models that train at once against one after the other, one thread each: seconds, and whether
 * each has the bits of its solo run.
 */

import { createHash } from 'node:crypto';
import { array, configure, fit, losses, nn, optim } from 'slalom';
import mnistMlp from './workloads/mnist-mlp.js';
import { makeData } from './workloads/workload.js';

const workload = { ...mnistMlp, rows: 4096 };
const data = makeData(workload);
const x = array(data.x, { shape: [workload.rows, workload.sizes[0]!] });
const y = array(data.y, { shape: [workload.rows] });

async function trainOne(seed: number): Promise<string> {
  const model = nn.sequential(workload.sizes.slice(1).map((width, l) => nn.dense(width, l === 2 ? {} : { activation: 'relu' })));
  await fit(
    model,
    { x, y },
    {
      loss: losses.crossEntropy(),
      optimizer: optim.adam({ lr: 1e-3 }),
      batchSize: workload.batchSize,
      epochs: 4,
      seed,
    },
  );
  const hash = createHash('sha256');
  for (const weights of Object.values(model.state())) hash.update(weights.data);
  return hash.digest('hex');
}

async function seconds<T>(work: () => Promise<T>): Promise<[number, T]> {
  const start = performance.now();
  const result = await work();
  return [(performance.now() - start) / 1000, result];
}

configure({ threads: 1 });
await trainOne(0);
const ratios: number[] = [];
for (let round = 0; round < 5; round++) {
  const [first, hash1] = await seconds(() => trainOne(1));
  const [second, hash2] = await seconds(() => trainOne(2));
  const [together, hashes] = await seconds(() => Promise.all([trainOne(1), trainOne(2)]));
  ratios.push(together / (first + second));
  const same = hashes[0] === hash1 && hashes[1] === hash2;
  console.log(
    `one after the other ${(first + second).toFixed(2)} s, at once ${together.toFixed(2)} s: ${ratios.at(-1)!.toFixed(2)} ×, bits ${same ? 'equal' : 'DIFFER'}`,
  );
}
ratios.sort((a, b) => a - b);
console.log(`median: ${ratios[ratios.length >> 1]!.toFixed(2)} × of the sum of their times`);
