// Two workers and the main thread train the same at once, after a worker that left in mid-run.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { hashOf, model, start } from './model.mjs';

const work = (workerData) => new Worker(new URL('./worker-run.mjs', import.meta.url), { workerData });
const [code] = await once(work('exit'), 'exit');
const workers = [work('train'), work('train')];
const [messages] = await Promise.all([Promise.all(workers.map((worker) => once(worker, 'message'))), start({ epochs: 3 })]);
console.log(code, new Set([...messages.flat(), hashOf(model)]).size);
