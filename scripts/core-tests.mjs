// node scripts/core-tests.mjs [addon | address | thread | neon] [filter...]: builds the core and its
// tests without Node and runs them, plain, under a sanitizer or cross-compiled for ARM under qemu;
// `addon`: from the objects of the addon, which is built already.
// @ts-check
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fail, requireTools, root, run, runQuietly, works } from './tools.mjs';

/** @type {Record<string, { flags: string[], needs?: string[], runner?: string[] }>} */
const modes = {
  plain: { flags: [] },
  addon: { flags: [] },
  address: { flags: ['-DSLALOM_SANITIZE=address'] },
  thread: { flags: ['-DSLALOM_SANITIZE=thread'] },
  neon: {
    flags: [
      '-DCMAKE_SYSTEM_NAME=Linux',
      '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
      '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
      '-DCMAKE_EXE_LINKER_FLAGS=-static',
    ],
    needs: ['aarch64-linux-gnu-g++', 'qemu-aarch64'],
    runner: ['qemu-aarch64'],
  },
};

const [first = 'plain', ...rest] = process.argv.slice(2);
const name = first in modes ? first : 'plain';
const filters = name === first ? rest : [first, ...rest];
const { flags, needs = [], runner = [] } = /** @type {typeof modes[string]} */ (modes[name]);

requireTools();
const missing = needs.filter((tool) => !works(tool));
if (missing.length > 0) {
  fail(`slalom: the tests for ARM need ${missing.join(' and ')}.

  Debian, Ubuntu   apt-get install g++-aarch64-linux-gnu qemu-user
  Fedora           has no C library for this cross-compiler: use a Debian container`);
}

const folder = name === 'addon' ? 'build' : join('build', `core-${name}`);
if (name !== 'addon') {
  const configured = existsSync(join(root, folder, 'CMakeCache.txt'));
  const generator = !configured && !process.env.CMAKE_GENERATOR && works('ninja') ? ['-G', 'Ninja'] : [];
  runQuietly('cmake', ['-S', '.', '-B', folder, '-DSLALOM_CORE_TESTS=ON', ...generator, ...flags]);
}
const parallel = ['--parallel', String(availableParallelism())];
runQuietly('cmake', ['--build', folder, '--target', 'slalom_core_tests', '--config', 'Release', ...parallel]);
const [command = '', ...args] = [...runner, join(root, folder, 'slalom_core_tests'), ...filters];
// A test asks for more memory than there is: malloc says no, and so shall the sanitizers'.
const sanitizers = { ASAN_OPTIONS: 'allocator_may_return_null=1', TSAN_OPTIONS: 'allocator_may_return_null=1' };
run(command, args, { env: { ...process.env, ...sanitizers } });
