// Builds the addon with AddressSanitizer and UBSan and runs the vitest suite on it.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

function run(command, args, env = process.env) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', env });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const folder = join('build', 'asan');
run(process.execPath, ['scripts/build.mjs']);
run(process.execPath, ['node_modules/cmake-js/bin/cmake-js', 'compile', '--out', folder, '--CDSLALOM_SANITIZE=address', '--log-level', 'warn']);
const library = (name) => spawnSync('g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout.trim();
run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], {
  ...process.env,
  SLALOM_ADDON: resolve(folder, 'Release', 'slalom.node'),
  LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
  // V8 keeps what it owns until the process ends; the core's own tests look for leaks.
  ASAN_OPTIONS: 'detect_leaks=0',
});
