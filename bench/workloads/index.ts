import { mnistMlp } from './mnist-mlp.js';
import { tinyMlp, tinyRows } from './tiny-mlp.js';
import { wideMlp } from './wide-mlp.js';
import type { Workload } from './workload.js';

/** For `npm run bench`: what plain JavaScript does in seconds. */
export const workloads: readonly Workload[] = [mnistMlp, tinyMlp];

/** For `npm run bench:peers`. */
export const peerWorkloads: readonly Workload[] = [mnistMlp, tinyMlp, tinyRows, wideMlp];
