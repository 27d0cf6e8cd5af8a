// node scripts/addon-asan.mjs [vitest arguments]: builds the addon with AddressSanitizer and UBSan
// and runs the vitest suite on it.
// @ts-check
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fail, root, run, runPackage } from './tools.mjs';

/** @returns {string} */
function runtimeOf(/** @type {string} */ name) {
  const path = spawnSync(process.env.CXX ?? 'g++', [`-print-file-name=${name}`], { encoding: 'utf8' }).stdout?.trim();
  if (!path || !isAbsolute(path)) fail(`slalom: ${name} is missing; the sanitizer tests need g++ on Linux with its sanitizer libraries.`);
  return path;
}

const preload = ['libasan.so', 'libubsan.so'].map(runtimeOf).join(' ');
const folder = join(root, 'build', 'asan');
run(process.execPath, ['scripts/build.mjs']);
for (const command of ['configure', 'build']) {
  const options = ['--out', folder, '--CDSLALOM_SANITIZE=address', '--parallel', String(availableParallelism()), '--log-level', 'warn'];
  runPackage('cmake-js/bin/cmake-js', [command, ...options]);
}
// The rules read sources and the plain build; they have nothing to sanitize.
// Everything takes many times as long.
runPackage('vitest/vitest.mjs', ['run', '--exclude', 'test/rules/**', '--test-timeout', '600000', ...process.argv.slice(2)], {
  env: {
    ...process.env,
    SLALOM_ADDON: join(folder, 'Release', 'slalom.node'),
    LD_PRELOAD: preload,
    // V8 keeps what it owns until the process ends; the core's own tests look for leaks. Memory that
    // nobody has is refused, as by the system's allocator, not the end of the process.
    ASAN_OPTIONS: 'detect_leaks=0:allocator_may_return_null=1',
  },
});
