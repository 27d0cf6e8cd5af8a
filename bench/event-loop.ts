/**
 * How long the event loop waits while the digits demo trains: the 99th percentile of its delay, at
 * one, two and four threads. An idle process is measured first, for comparison.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { configure } from 'slalom';
import { loadDigits } from '../examples/digits/data.js';
import { makeModel, train } from '../examples/digits/model.js';

async function delayDuring(work: () => PromiseLike<unknown>): Promise<string> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  await work();
  monitor.disable();
  const ms = (nanoseconds: number) => (nanoseconds / 1e6).toFixed(2);
  return `p50 ${ms(monitor.percentile(50))} ms, p99 ${ms(monitor.percentile(99))} ms, greatest ${ms(monitor.max)} ms`;
}

const digits = loadDigits();
console.log(`idle: ${await delayDuring(() => sleep(2000))}`);
for (const threads of [1, 2, 4]) {
  configure({ threads });
  const model = makeModel();
  model.build([784], { seed: 1 });
  console.log(`training, ${threads} threads: ${await delayDuring(() => train(model, digits, 1, false))}`);
}
