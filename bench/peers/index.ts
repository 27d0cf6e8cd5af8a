/**
 * `npm run bench:peers [part of a workload's name]`: Slalom against everything that is installed, each
 * in a process of its own, with the same weights and rows. Losses are compared first; whoever has
 * others is not timed. A run of all workloads is kept in bench/results; with `--readme` the README's
 * table is made of it.
 */

import { Peak } from '../peak.js';
import { writeReadme } from '../readme.js';
import { about, describe, save } from '../results.js';
import { workloads } from '../workloads/index.js';
import { contest, type Result } from './contest.js';
import { installed } from './list.js';
import { contestLines } from './report.js';

const part = process.argv.slice(2).find((word) => !word.startsWith('--')) ?? '';
const peak = new Peak();
await peak.measure();
const where = about(peak.ghz);
console.log(`${describe(where)}\n`);
const peers = installed().filter(({ predictsOnly }) => !predictsOnly);
const results: Result[] = [];
for (const workload of workloads.filter(({ name }) => name.includes(part))) {
  const result = await contest(workload, peers, peak);
  results.push(result);
  console.log(contestLines(result).join('\n'));
}
peak.close();
if (part === '') {
  save('peers', where, results);
  if (process.argv.includes('--readme')) writeReadme();
}
