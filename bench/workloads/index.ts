import { mnistMlp } from './mnist-mlp.js';
import { tinyMlp } from './tiny-mlp.js';
import type { Workload } from './workload.js';

export const workloads: readonly Workload[] = [mnistMlp, tinyMlp];
