// Checks the format of the C++ sources, or with --write mends it.
// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { clangFormatPath } from 'clang-format-node';
import { fail, root } from './tools.mjs';

const files = ['native', 'test/core', 'bench/native']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
  .filter((name) => /\.(cpp|h|inl)$/.test(name));
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '--Werror', '--ferror-limit=1'];
const { status, error } = spawnSync(clangFormatPath, [...mode, '--style=file', ...files], { cwd: root, stdio: 'inherit' });
if (status !== 0) fail(error ? `slalom: clang-format: ${error.message}` : '\nRun `npm run format` to mend this.');
