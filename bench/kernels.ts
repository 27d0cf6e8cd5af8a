/**
 * `npm run bench:kernels [-- variant [part of a name]]`: bench/native/kernels.cpp, printed as it comes. A run of
 * everything is kept in bench/results, a file for each variant.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { info } from '../src/index.js';
import { Peak } from './peak.js';
import { about, save } from './results.js';

const [variant = info().isa, part] = process.argv.slice(2);
const peak = new Peak();
const peakBefore = await peak.measure();
peak.close();
const script = fileURLToPath(new URL('../scripts/bench-native.mjs', import.meta.url));
const words = ['kernels', variant, ...(part === undefined ? [] : [part])];
const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
const ended = once(child, 'exit');
const heading: string[] = [];
const rows: string[][] = [];
for await (const line of createInterface({ input: child.stdout })) {
  console.log(line);
  if (line.startsWith('|'))
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  else if (line !== '') heading.push(line);
}
const [code] = (await ended) as [number | null];
process.exitCode = code ?? 1;
if (code === 0 && part === undefined) {
  const [head, , ...measured] = rows;
  const results = measured.map((row) => Object.fromEntries(row.map((cell, c) => [head![c], cell])));
  save(`kernels-${variant}`, about(peak.ghz), { peak: peakBefore, heading, kernels: results });
}
