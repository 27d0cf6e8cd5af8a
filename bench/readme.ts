/**
 * `npm run bench:readme`: the tables of the README, made of the newest files in bench/results. What stands
 * between the marks is this program's and nobody else's.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Result } from './peers/contest.js';
import type { PlainResult } from './plain.js';
import { plainLines } from './plain.js';
import { type About, describe, newest } from './results.js';
import { table, times, whole } from './table.js';

/** A line for each workload and number of threads: Slalom, then every peer with how far it is behind. */
function peerLines(where: About, results: readonly Result[]): string[] {
  const rows = results.flatMap(({ workload, rows: all }) =>
    [1, 2].flatMap((threads) => {
      const here = all.filter((row) => (row.threads ?? (row.contestant.includes('2 threads') ? 2 : 1)) === threads && !row.otherTask);
      const own = here.find(({ contestant }) => contestant.startsWith('slalom'));
      if (!own) return [];
      const others = here.filter((row) => row !== own).sort((a, b) => a.slalomIs - b.slalomIs);
      const behind = others.map(({ contestant, slalomIs }) => `${contestant.replace(/, \d threads?$/, '')} ${times(slalomIs)}`);
      return [[workload, String(threads), whole(own.samplesPerSecond), behind.join(', ')]];
    }),
  );
  const notes = results.flatMap(({ workload, rows: all }) => {
    const others = all.filter((row) => row.otherTask).map((row) => `${row.contestant} ${whole(row.samplesPerSecond)}`);
    return others.length > 0 ? ['', `${workload}: updates a second of another task, with no losses to compare: ${others.join(', ')}.`] : [];
  });
  return [describe(where), '', ...table(['workload', 'threads', 'slalom, samples/s', 'times as fast as'], rows, 4), ...notes];
}

function replaceBetween(text: string, mark: string, lines: readonly string[]): string {
  const between = new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*?(<!-- /${mark} -->)`);
  if (!between.test(text)) throw new Error(`README.md has no marks <!-- ${mark} --> and <!-- /${mark} -->`);
  return text.replace(between, (_, start: string, end: string) => `${start}${lines.join('\n')}\n${end}`);
}

/** Tables of which there is no file stay as they are. */
export function writeReadme(): void {
  const file = new URL('../README.md', import.meta.url);
  let text = readFileSync(file, 'utf8');
  const plain = newest<PlainResult[]>('bench');
  if (plain) text = replaceBetween(text, 'bench', [describe(plain), '', ...plainLines(plain.results)]);
  const contests = newest<Result[]>('peers');
  if (contests) text = replaceBetween(text, 'peers', peerLines(contests, contests.results));
  writeFileSync(file, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeReadme();
