// npm test: builds what is stale, then every check, cheapest first. Arguments go to vitest.
import { spawnSync } from 'node:child_process';

const node = process.execPath;
const checks = [
  [node, 'scripts/build.mjs'],
  ['node_modules/.bin/biome', 'check', '--error-on-warnings'],
  [node, 'scripts/format-cpp.mjs'],
  ['node_modules/.bin/tsc', '--noEmit'],
  [node, 'scripts/generate.mjs', '--check'],
  [node, 'scripts/core-tests.mjs'],
  ['node_modules/.bin/vitest', 'run', ...process.argv.slice(2)],
];

for (const [command, ...args] of checks) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) throw error;
  if (status !== 0) {
    console.error(`\nfailed: ${[command, ...args].join(' ')}`);
    process.exit(status ?? 1);
  }
}
