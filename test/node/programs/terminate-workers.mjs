// Workers that are ended in the middle of their work; then one that finishes: node terminate-workers.mjs WAY
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const file = new URL('./worker-run.mjs', import.meta.url);
for (let i = 0; i < 4; i++) {
  const worker = new Worker(file, { workerData: process.argv[2] });
  await once(worker, 'message');
  await worker.terminate();
}
const worker = new Worker(file, { workerData: 'train' });
const [[hash]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
console.log(hash);
