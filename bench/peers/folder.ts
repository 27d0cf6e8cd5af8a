/** A workload as peers get it: a folder with its description, data and initial weights. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeData, makeLayers, type Workload } from '../workloads/workload.js';

export function writeFolder(workload: Workload): string {
  const folder = mkdtempSync(join(tmpdir(), 'slalom-peers-'));
  const { x, y } = makeData(workload);
  writeFileSync(join(folder, 'workload.json'), JSON.stringify(workload));
  writeFileSync(join(folder, 'x'), x);
  writeFileSync(join(folder, 'y'), y);
  const weights = makeLayers(workload).flatMap(({ weight, bias }) => [weight, bias]);
  writeFileSync(join(folder, 'weights'), Buffer.concat(weights.map((part) => Buffer.from(part.buffer))));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
