import tinyMlp from './tiny-mlp.js';
import type { Workload } from './workload.js';

/** W2 one row at a time: the most steps for the least arithmetic. */
export default { ...tinyMlp, name: 'W2 MLP 4-16-3, batch 1, momentum', batchSize: 1 } satisfies Workload;
