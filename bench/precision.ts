/**
 * Training with products of reduced precision against the highest, on one thread and on two: samples a second,
 * rounds interleaved, medians; and how far the losses of the first steps lie apart.
 */

import { configure, type MatmulPrecision } from '../src/index.js';
import { slalom } from './contestants.js';
import { Peak } from './peak.js';
import { about, describe, quantile } from './results.js';
import mnistMlp from './workloads/mnist-mlp.js';
import wideMlp from './workloads/wide-mlp.js';
import { flopsPerSample, makeData } from './workloads/workload.js';

const PRECISIONS: readonly MatmulPrecision[] = ['highest', 'high', 'medium'];
const ROUNDS = 9;
const STEPS = 20;

const peak = new Peak();
await peak.measure();
console.log(`${describe(about(peak.ghz))}\n`);
console.log('workload  threads  precision   samples/s  × highest  of float32 peak  losses apart');
for (const workload of [mnistMlp, wideMlp]) {
  const data = makeData(workload);
  for (const threads of [1, 2]) {
    configure({ threads });
    const contestants = PRECISIONS.map((precision) => slalom(workload, data, precision));
    const losses: number[][] = [];
    for (const contestant of contestants) losses.push(await contestant.losses(STEPS));
    const seconds = contestants.map((): number[] => []);
    const peaks: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      peaks.push(await peak.measure());
      for (const [i, contestant] of contestants.entries()) {
        const start = performance.now();
        await contestant.train();
        seconds[i]!.push((performance.now() - start) / 1000);
      }
    }
    const speeds = contestants.map(({ samples }, i) => samples / quantile(seconds[i]!));
    for (const [i, precision] of PRECISIONS.entries()) {
      const apart = Math.max(...losses[i]!.map((loss, step) => Math.abs(loss / losses[0]![step]! - 1)));
      const share = (speeds[i]! * flopsPerSample(workload)) / 1e9 / quantile(peaks) / threads;
      const cells = [
        workload.name.slice(0, 2).padEnd(8),
        `${threads}`.padStart(8),
        precision.padStart(10),
        speeds[i]!.toFixed(0).padStart(11),
        (speeds[i]! / speeds[0]!).toFixed(2).padStart(10),
        `${(100 * share).toFixed(0)} %`.padStart(16),
        i === 0 ? '' : apart.toExponential(1).padStart(13),
      ];
      console.log(cells.join(' '));
    }
  }
}
peak.close();
