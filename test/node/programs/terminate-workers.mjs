// Ten workers, each ended in the middle of a run; then one that finishes.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const file = new URL('./worker-run.mjs', import.meta.url);
for (let i = 0; i < 10; i++) {
  const worker = new Worker(file, { workerData: { endless: true } });
  await once(worker, 'message');
  await worker.terminate();
}
const worker = new Worker(file, { workerData: { endless: false } });
const [hash] = await once(worker, 'message');
await once(worker, 'exit');
console.log(hash);
