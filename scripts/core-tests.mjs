// node scripts/core-tests.mjs [address | thread | neon] [filter]: builds the core and its tests
// without Node and runs them, plain, under a sanitizer or cross-compiled for ARM under qemu.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { requireTools } from './tools.mjs';

const modes = {
  plain: { flags: [] },
  address: { flags: ['-DSLALOM_SANITIZE=address'] },
  thread: { flags: ['-DSLALOM_SANITIZE=thread'] },
  neon: {
    flags: ['-DCMAKE_SYSTEM_NAME=Linux', '-DCMAKE_SYSTEM_PROCESSOR=aarch64', '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++', '-DCMAKE_EXE_LINKER_FLAGS=-static'],
    needs: ['aarch64-linux-gnu-g++', 'qemu-aarch64'],
    hint: 'apt-get install g++-aarch64-linux-gnu qemu-user',
    runner: ['qemu-aarch64'],
  },
};

const name = process.argv[2] in modes ? process.argv[2] : 'plain';
const filters = process.argv.slice(name === 'plain' ? 2 : 3);
const mode = modes[name];

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

requireTools();
for (const tool of mode.needs ?? []) {
  if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0) {
    console.error(`slalom: ${tool} is missing (${mode.hint})`);
    process.exit(1);
  }
}
const folder = join('build', `core-${name}`);
run('cmake', ['-S', '.', '-B', folder, '-DSLALOM_CORE_TESTS=ON', ...mode.flags], { stdio: ['ignore', 'ignore', 'inherit'] });
run('cmake', ['--build', folder, '--parallel', String(availableParallelism())], { stdio: ['ignore', 'ignore', 'inherit'] });
const command = [...(mode.runner ?? []), join(folder, 'slalom_core_tests'), ...filters];
run(command[0], command.slice(1));
