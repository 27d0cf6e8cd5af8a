// Checks the format of the C++ sources, or with --write mends it.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { getNativeBinary } = createRequire(import.meta.url)('clang-format');
const files = ['native', 'test/core', 'bench/native'].flatMap((folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((name) => /\.(cpp|h|inl)$/.test(name)),
);
const binary = getNativeBinary();
if (process.argv.includes('--write')) {
  execFileSync(binary, ['-i', '--style=file', ...files], { stdio: 'inherit' });
} else {
  const { status } = spawnSync(binary, ['--dry-run', '--Werror', '--style=file', ...files], { stdio: 'inherit' });
  if (status !== 0) {
    console.error('\nrun `npm run format` to mend this');
    process.exit(1);
  }
}
